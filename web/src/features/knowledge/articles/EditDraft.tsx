import { Alert, App, Button } from "antd";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { api, Problem, type Schemas } from "@/api/client";
import { invalidate, queryClient } from "@/api/queries";
import { useMay } from "@/api/session";
import { ErrorState, PageLoading, useErrorText } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { etag, openedOf } from "../states";
import { ArticleEditor, missingIn, type Text } from "./ArticleEditor";
import { forget, useLeaveGuard, useUnsaved } from "./useUnsaved";

type Article = Schemas["ArticleOut"];

interface Props {
  article: Article;
  onDone: () => void;
  /** the draft is saved: what publishing would do comes next */
  onPublish: () => void;
}

/** Loads the text that is edited: the open draft, or else the published one as the beginning of the next. */
export function EditDraft({ article, onDone, onPublish }: Props) {
  const number = (openedOf(article) ?? article.current).number;
  const base = api.useQuery("get", "/api/v1/articles/{article_id}/versions/{number}", { params: { path: { article_id: article.id, number } } });
  if (base.isPending) return <PageLoading />;
  if (base.error) return <ErrorState error={base.error} onRetry={() => void base.refetch()} />;
  return <Editing article={article} saved={{ title: base.data.title, body: base.data.body }} onDone={onDone} onPublish={onPublish} />;
}

function Editing({ article, saved, onDone, onPublish }: Props & { saved: Text }) {
  const { t } = useTranslation("knowledge");
  const common = useTranslation().t;
  const { message, modal } = App.useApp();
  const errorText = useErrorText();
  const mayPublish = useMay("knowledge:publish");
  const key = `article.${article.id}`;
  const { text, setText, dirty, restored, discard } = useUnsaved(key, saved);
  const opened = openedOf(article);
  const create = api.useMutation("post", "/api/v1/articles/{article_id}/versions");
  const change = api.useMutation("put", "/api/v1/articles/{article_id}/versions/{number}");
  const submit = api.useMutation("post", "/api/v1/articles/{article_id}/versions/{number}/submit");
  const busy = create.isPending || change.isPending || submit.isPending;
  const ask = useCallback(
    () => modal.confirm({ title: t("editor.leaveAsk"), content: t("editor.leaveHint"), okText: t("editor.leave"), cancelText: t("editor.stay") }).then(Boolean, () => false),
    [modal, t],
  );
  useLeaveGuard(dirty && !busy, ask);

  const store = async (): Promise<Article> => {
    const header = etag(article.version);
    if (!dirty) return article;
    const body = { title: text.title, body: text.body };
    if (opened) return change.mutateAsync({ params: { path: { article_id: article.id, number: opened.number }, header }, body });
    return create.mutateAsync({ params: { path: { article_id: article.id }, header }, body });
  };
  const run = async (after: (stored: Article) => Promise<unknown>, told: string, then?: () => void) => {
    if (busy) return;
    const missing = missingIn(text);
    if (missing !== null) return void message.warning({ key: "missing", content: t(`editor.missing.${missing}`) });
    try {
      const stored = await store();
      forget(key);
      await after(stored);
      await queryClient.cancelQueries({ queryKey: ["get", "/api/v1/articles/{article_id}"] });
      await invalidate("/api/v1/articles");
      void message.success(told);
      then?.();
    } catch (error) {
      void message.error(errorText(error));
      if (error instanceof Problem && error.status === 412) void invalidate("/api/v1/articles/{article_id}", { article_id: article.id });
    }
  };
  const handIn = async (stored: Article) => {
    const draft = openedOf(stored);
    if (draft) await submit.mutateAsync({ params: { path: { article_id: stored.id, number: draft.number }, header: etag(stored.version) } });
  };
  const save = () => void run(async () => undefined, t("done.saved"));
  const hand = () => void run(handIn, t("done.submitted"), onDone);
  const put = () => void run(async () => undefined, t("done.saved"), onPublish);
  useShortcuts(t("keys.editor"), [
    { keys: "mod+s", label: t("editor.save"), run: save, whileTyping: true },
    { keys: "mod+Enter", label: t(mayPublish ? "editor.publish" : "editor.submit"), run: mayPublish ? put : hand, whileTyping: true },
    { keys: "Escape", label: common("actions.close"), run: onDone, whileTyping: true },
  ]);
  const nothing = !dirty && opened === null;
  return (
    <div className="kn-pane">
      <ArticleEditor
        value={text}
        onChange={setText}
        articleId={article.id}
        note={
          restored && (
            <Alert type="info" showIcon title={t("editor.restored")} action={<Button size="small" onClick={discard}>{t("editor.discard")}</Button>} />
          )
        }
        actions={
          <>
            <Button type={mayPublish ? "default" : "primary"} disabled={!dirty} loading={create.isPending || change.isPending} onClick={save} title="Ctrl S">
              {t("editor.save")}
            </Button>
            <Button disabled={nothing} loading={submit.isPending} onClick={hand}>
              {t("editor.submit")}
            </Button>
            {mayPublish && (
              <Button type="primary" disabled={nothing} onClick={put} title="Ctrl Enter">
                {t("editor.publish")}
              </Button>
            )}
            <Button type="text" onClick={onDone}>
              {common("actions.close")}
            </Button>
            <span style={{ marginInlineStart: "auto", fontSize: 12 }} role="status">
              {dirty ? t("editor.unsaved") : opened ? t("editor.savedAs", { number: opened.number }) : t("editor.unchanged")}
            </span>
          </>
        }
      />
    </div>
  );
}
