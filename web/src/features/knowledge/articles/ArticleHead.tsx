import { CheckCircleFilled, ClockCircleOutlined, EditOutlined, InboxOutlined, LoadingOutlined, RightOutlined, SendOutlined } from "@ant-design/icons";
import { App, Button, theme } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import type { Schemas } from "@/api/client";
import { useMay } from "@/api/session";
import { Ago, useFormats } from "@/components/format";
import { PublishDialog } from "@/features/gaps/PublishDialog";
import { useShortcuts } from "@/keyboard/registry";
import { useShops, useStaff } from "@/api/lookups";
import { openedOf, publishedOf, stateOf } from "../states";
import { AudienceTag, StateTag } from "../tags";
import { useArticleActions } from "./useArticleActions";

type Article = Schemas["ArticleOut"];

/** Title, who sees it, where it stands, and the one step that comes next. */
export function ArticleHead({ article, onEdit }: { article: Article; onEdit: () => void }) {
  const { t } = useTranslation("knowledge");
  const common = useTranslation().t;
  const { token } = theme.useToken();
  const { modal, message } = App.useApp();
  const actions = useArticleActions(article);
  const mayPublish = useMay("knowledge:publish");
  const mayPropose = useMay("knowledge:propose");
  const shops = useShops();
  const staff = useStaff();
  const formats = useFormats();
  const opened = openedOf(article);
  const live = publishedOf(article);
  const last = article.versions.find((one) => one.published_at !== null);
  const archived = article.archived_at !== null;
  const [search, setSearch] = useSearchParams();
  const publishing = search.get("publish") === "1";
  const setPublishing = (asked: boolean) => {
    const next = new URLSearchParams(search);
    if (asked) next.set("publish", "1");
    else next.delete("publish");
    setSearch(next, { replace: true });
  };

  const archive = () =>
    void modal.confirm({
      title: t("article.archiveAsk"),
      content: t("article.archiveHint"),
      okText: t("article.archive"),
      cancelText: common("actions.cancel"),
      onOk: actions.archive,
    });
  useShortcuts(t("keys.article"), [
    { keys: "p", label: t("article.publish"), run: () => setPublishing(true), disabled: opened === null || !mayPublish || publishing },
    { keys: "s", label: t("article.submit"), run: () => opened && actions.submit(opened.number), disabled: opened?.status !== "draft" },
    { keys: "", label: t("article.archive"), run: archive, disabled: archived || live === null || !mayPublish },
  ]);

  const publishButton = opened !== null && mayPublish && (
    <Button type="primary" icon={<CheckCircleFilled />} loading={actions.busy} onClick={() => setPublishing(true)} title={`${t("article.publish")} (p)`}>
      {t("article.publishVersion", { number: opened.number })}
    </Button>
  );
  const submitButton = opened?.status === "draft" && mayPropose && (
    <Button type={mayPublish ? "default" : "primary"} icon={<SendOutlined />} loading={actions.busy} onClick={() => actions.submit(opened.number)} title={`${t("article.submit")} (s)`}>
      {t("article.submit")}
    </Button>
  );
  return (
    <header>
      <h2 className="kn-title">{(opened ?? article.current).title}</h2>
      <div className="kn-bar" style={{ margin: "6px 0", color: token.colorTextSecondary, fontSize: 12 }}>
        <StateTag state={stateOf(article)} />
        <AudienceTag audience={article.audience} />
        <span>{article.shop_ids.length === 0 ? t("scope.allShops") : article.shop_ids.map(shops.nameOf).join(t("comma"))}</span>
        <span>{article.category || t("tree.none")}</span>
        <span>{common(`languages.${article.language === "zh" ? "zh" : "en"}`)}</span>
        {(article.valid_from ?? article.valid_to) !== null && (
          <span>
            <ClockCircleOutlined aria-hidden="true" /> {article.valid_from ? formats.date(article.valid_from) : "…"} – {article.valid_to ? formats.date(article.valid_to) : "…"}
          </span>
        )}
        {staff.nameOf(article.owner_id) !== null && <span>{t("scope.ownedBy", { name: staff.nameOf(article.owner_id) })}</span>}
      </div>
      <div className="kn-bar" style={{ margin: "8px 0 2px" }}>
        {publishButton}
        {submitButton}
        {mayPropose && !archived && (
          <Button type={opened === null && live !== null ? "primary" : "default"} icon={<EditOutlined />} onClick={onEdit} title={`${t("article.edit")} (e)`}>
            {opened === null ? t("article.edit") : t("article.editDraft")}
          </Button>
        )}
        {archived && opened === null && last && mayPublish && (
          <Button type="primary" loading={actions.busy} onClick={() => actions.rollBack(last.number)}>
            {t("article.publishAgain")}
          </Button>
        )}
        {live !== null && !archived && mayPublish && (
          <Button icon={<InboxOutlined />} onClick={archive}>
            {t("article.archive")}
          </Button>
        )}
      </div>
      <Live article={article} />
      {publishing && opened !== null && mayPublish && (
        <PublishDialog
          key={article.version}
          article={article}
          number={opened.number}
          onClose={() => setPublishing(false)}
          onPublished={() => {
            setPublishing(false);
            void message.success(t("done.published"));
          }}
        />
      )}
    </header>
  );
}

/** What is live since when, and what waits behind it. */
function Live({ article }: { article: Article }) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const formats = useFormats();
  const live = publishedOf(article);
  const opened = openedOf(article);
  const state = stateOf(article);
  const steps: { key: string; text: React.ReactNode; strong?: boolean }[] = [];
  if (opened) steps.push({ key: "open", text: t(opened.status === "draft" ? "live.draft" : "live.review", { number: opened.number }), strong: live === null });
  if (live) {
    steps.push({
      key: "live",
      strong: true,
      text: (
        <>
          {t("live.published", { number: live.number })} {live.published_at && <Ago at={live.published_at} />}
        </>
      ),
    });
    steps.push({
      key: "index",
      text: live.indexed_at ? (
        <>
          <CheckCircleFilled style={{ color: token.colorSuccess }} aria-hidden="true" /> {t("live.indexed")}
        </>
      ) : (
        <>
          <LoadingOutlined aria-hidden="true" /> {t("live.indexing")}
        </>
      ),
    });
    if (article.valid_from && state === "scheduled") steps.push({ key: "from", text: t("live.from", { at: formats.time(article.valid_from) }) });
    if (article.valid_to) steps.push({ key: "to", text: t(state === "expired" ? "live.ended" : "live.until", { at: formats.time(article.valid_to) }) });
  }
  if (article.archived_at) steps.push({ key: "archived", text: t("live.archived", { at: formats.time(article.archived_at) }), strong: true });
  return (
    <ol className="kn-steps" style={{ color: token.colorTextSecondary }} aria-label={t("live.label")}>
      {steps.map((step, at) => (
        <li key={step.key} style={{ color: step.strong === true ? token.colorText : undefined }}>
          {at > 0 && <RightOutlined style={{ fontSize: 10, marginInlineEnd: 6, color: token.colorTextQuaternary }} aria-hidden="true" />}
          {step.text}
        </li>
      ))}
    </ol>
  );
}
