import { App, Button } from "antd";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { api, idempotencyKey } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { ArticleEditor, missingIn } from "./ArticleEditor";
import { forget, useUnsaved } from "./useUnsaved";

const KEY = "new";
const EMPTY = { title: "", body: "" };

export function NewArticle({ category, onDone, onLeave }: { category: string; onDone: (id: string) => void; onLeave: () => void }) {
  const { t } = useTranslation("knowledge");
  const common = useTranslation().t;
  const { message } = App.useApp();
  const errorText = useErrorText();
  const { text, setText, dirty, discard } = useUnsaved(KEY, EMPTY);
  const intention = useRef(idempotencyKey());
  const create = api.useMutation("post", "/api/v1/articles");
  const missing = missingIn(text);
  const save = () => {
    if (create.isPending) return;
    if (missing !== null) return void message.warning({ key: "missing", content: t(`editor.missing.${missing}`) });
    create.mutate(
      { body: { ...text, scope: { audience: "public", category }, note: "" }, params: { header: { "Idempotency-Key": intention.current } } },
      {
        onSuccess: (article) => {
          forget(KEY);
          void invalidate("/api/v1/articles");
          void message.success(t("done.saved"));
          onDone(String(article.id));
        },
        onError: (error) => {
          intention.current = idempotencyKey();
          void message.error(errorText(error));
        },
      },
    );
  };
  const leave = () => {
    discard();
    onLeave();
  };
  useShortcuts(t("keys.editor"), [
    { keys: "mod+s", label: t("editor.save"), run: save, whileTyping: true },
    { keys: "Escape", label: common("actions.close"), run: onLeave, whileTyping: true },
  ]);
  return (
    <div className="kn-pane">
      <h2 className="kn-title" style={{ marginBottom: 10 }}>
        {t("article.new")}
      </h2>
      <ArticleEditor
        value={text}
        onChange={setText}
        actions={
          <>
            <Button type="primary" onClick={save} disabled={missing !== null} loading={create.isPending} title="Ctrl S">
              {t("editor.saveDraft")}
            </Button>
            <Button onClick={leave}>{dirty ? t("editor.discard") : common("actions.close")}</Button>
            <span style={{ marginInlineStart: "auto" }}>{t("editor.newHint")}</span>
          </>
        }
      />
    </div>
  );
}
