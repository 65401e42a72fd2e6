/** The steps of an article's life; each one names the version it was decided on, and tells what it led to. */
import { App } from "antd";
import { useTranslation } from "react-i18next";
import { api, Problem, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";
import { etag } from "../states";

type Article = Schemas["ArticleOut"];

export function useArticleActions(article: Article) {
  const { t } = useTranslation("knowledge");
  const { message } = App.useApp();
  const errorText = useErrorText();
  const submit = api.useMutation("post", "/api/v1/articles/{article_id}/versions/{number}/submit");
  const archive = api.useMutation("post", "/api/v1/articles/{article_id}/archive");
  const rollBack = api.useMutation("post", "/api/v1/articles/{article_id}/rollback");
  const tell = (text: string) => ({
    onSuccess: () => {
      void message.success(text);
      void invalidate("/api/v1/articles");
    },
    onError: (error: unknown) => {
      void message.error(errorText(error));
      if (error instanceof Problem && (error.status === 412 || error.status === 409)) void invalidate("/api/v1/articles");
    },
  });
  const of = (number: number) => ({ params: { path: { article_id: article.id, number }, header: etag(article.version) } });
  const own = { params: { path: { article_id: article.id }, header: etag(article.version) } };
  return {
    busy: submit.isPending || archive.isPending || rollBack.isPending,
    submit: (number: number) => submit.mutate(of(number), tell(t("done.submitted"))),
    archive: () => archive.mutate(own, tell(t("done.archived"))),
    rollBack: (number: number) => rollBack.mutate({ ...own, body: { number } }, tell(t("done.rolledBack", { number }))),
  };
}
