import { DislikeOutlined, LikeOutlined } from "@ant-design/icons";
import { App, Button, Input, Popover, Skeleton, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useMay } from "@/api/session";
import { Ago } from "@/components/format";
import { EmptyState, ErrorState, useErrorText } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { useStaff } from "@/api/lookups";

type Word = Schemas["FeedbackRowOut"];
export interface FeedbackQuery {
  handled?: boolean;
  helpful?: boolean;
  author?: "staff" | "shopper";
}

/** Feedback on one article, or (without one) on all of them; an editor says what was done about it. */
export function FeedbackList({ articleId, query = {} }: { articleId?: number; query?: FeedbackQuery }) {
  const { t } = useTranslation("knowledge");
  const common = useTranslation().t;
  const [at, setAt] = useState(0);
  const [handling, setHandling] = useState<number | null>(null);
  const words = api.useInfiniteQuery(
    "get",
    "/api/v1/articles/feedback",
    { params: { query: { ...query, article_id: articleId, limit: 30 } } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (last: { next?: string | null }) => last.next ?? undefined },
  );
  const rows: Word[] = words.data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = rows[Math.min(at, rows.length - 1)];
  const may = useMay("knowledge:publish");
  useShortcuts(t("keys.feedback"), [
    { keys: "j", label: t("keys.next"), run: () => setAt((now) => Math.min(now + 1, rows.length - 1)), disabled: articleId !== undefined },
    { keys: "k", label: t("keys.previous"), run: () => setAt((now) => Math.max(now - 1, 0)), disabled: articleId !== undefined },
    { keys: "h", label: t("feedback.handle"), run: () => setHandling(chosen?.id ?? null), disabled: !may || chosen === undefined || chosen.handled_at !== null },
  ]);
  if (words.isPending) return <Skeleton active />;
  if (words.error) return <ErrorState error={words.error} onRetry={() => void words.refetch()} />;
  if (rows.length === 0) {
    const waiting = query.handled === false;
    return <EmptyState title={t(waiting ? "feedback.noneWaiting" : "feedback.none")} hint={t(waiting ? "feedback.noneWaitingHint" : "feedback.noneHint")} />;
  }
  return (
    <div style={{ display: "grid", gap: 8 }}>
      <div style={{ display: "grid", gap: 8 }} role="list">
      {rows.map((word, index) => (
        <Row
          key={word.id}
          word={word}
          titled={articleId === undefined}
          current={articleId === undefined && index === Math.min(at, rows.length - 1)}
          asking={handling === word.id}
          onAsk={(asking) => setHandling(asking ? word.id : null)}
        />
      ))}
      </div>
      {words.hasNextPage && (
        <Button onClick={() => void words.fetchNextPage()} loading={words.isFetchingNextPage}>
          {common("actions.loadMore")}
        </Button>
      )}
    </div>
  );
}

interface RowProps {
  word: Word;
  titled: boolean;
  current: boolean;
  asking: boolean;
  onAsk: (asking: boolean) => void;
}

function Row({ word, titled, current, asking, onAsk }: RowProps) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const staff = useStaff();
  const may = useMay("knowledge:publish");
  const [note, setNote] = useState("");
  const change = api.useMutation("patch", "/api/v1/articles/feedback/{feedback_id}");
  const set = (handled: boolean) =>
    change.mutate(
      { params: { path: { feedback_id: word.id } }, body: { handled, handling: handled ? note : "" } },
      {
        onSuccess: () => {
          onAsk(false);
          setNote("");
          void invalidate("/api/v1/articles");
        },
        onError: (error) => void message.error(errorText(error)),
      },
    );
  const who = word.actor_kind === "staff" ? (staff.nameOf(word.actor_id) ?? t("feedback.staff")) : t("feedback.shopper");
  return (
    <div
      role="listitem"
      className="kn-card"
      aria-current={current ? "true" : undefined}
      style={{ borderColor: current ? token.colorPrimary : token.colorBorderSecondary, background: token.colorBgContainer }}
    >
      <div className="kn-bar" style={{ alignItems: "start", flexWrap: "nowrap" }}>
        <span style={{ color: word.helpful ? token.colorSuccess : token.colorError, fontSize: 16 }}>
          {word.helpful ? <LikeOutlined aria-label={t("feedback.helpful")} /> : <DislikeOutlined aria-label={t("feedback.notHelpful")} />}
        </span>
        <div style={{ flex: 1, minWidth: 0 }}>
          {titled && <Link to={`/knowledge/articles/${word.article_id}`}>{word.article_title}</Link>}
          <p className="kn-quote" style={{ margin: titled ? "2px 0" : 0, color: word.comment === "" ? token.colorTextTertiary : undefined }}>
            {word.comment || t("feedback.noWords")}
          </p>
          <div style={{ fontSize: 12, color: token.colorTextTertiary }}>
            {who} · <Ago at={word.at} />
          </div>
          {word.handled_at !== null && (
            <div style={{ fontSize: 12, color: token.colorTextSecondary, marginTop: 2 }}>
              ✓ {t("feedback.handledBy", { name: staff.nameOf(word.handled_by) ?? "–" })} <Ago at={word.handled_at} />
              {word.handling !== "" && ` · ${word.handling}`}
            </div>
          )}
        </div>
        {may &&
          (word.handled_at === null ? (
            <Popover
              trigger="click"
              placement="left"
              open={asking}
              onOpenChange={onAsk}
              content={
                <div style={{ display: "grid", gap: 8, width: 260 }}>
                  <Input.TextArea
                    autoFocus
                    value={note}
                    maxLength={2000}
                    autoSize={{ minRows: 2, maxRows: 5 }}
                    onChange={(event) => setNote(event.target.value)}
                    onPressEnter={(event) => {
                      if (event.ctrlKey || event.metaKey) set(true);
                    }}
                    placeholder={t("feedback.note")}
                    aria-label={t("feedback.note")}
                  />
                  <Button type="primary" loading={change.isPending} onClick={() => set(true)}>
                    {t("feedback.handle")}
                  </Button>
                </div>
              }
            >
              <Button size="small">{t("feedback.handle")}</Button>
            </Popover>
          ) : (
            <Button size="small" type="text" loading={change.isPending} onClick={() => set(false)}>
              {t("feedback.reopen")}
            </Button>
          ))}
      </div>
    </div>
  );
}
