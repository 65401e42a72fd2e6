import { Segmented, Skeleton, theme } from "antd";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "@/api/client";
import { ErrorState } from "@/components/states";
import { openedOf, publishedOf, type Version } from "../states";
import { Markdown } from "./Markdown";

/** The text as it is read: the draft under way, or what is live. */
export function Reading({ article, shown, onShow }: { article: Schemas["ArticleOut"]; shown: Version; onShow: (which: string | null) => void }) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const opened = openedOf(article);
  const live = publishedOf(article);
  const known = shown.number === article.current.number;
  const version = api.useQuery(
    "get",
    "/api/v1/articles/{article_id}/versions/{number}",
    { params: { path: { article_id: article.id, number: shown.number } } },
    { enabled: !known },
  );
  const body = known ? article.current.body : version.data?.body;
  return (
    <>
      {opened && live && (
        <Segmented
          size="small"
          style={{ alignSelf: "start", marginBottom: 10 }}
          value={shown.number}
          onChange={(number) => onShow(number === live.number ? "live" : null)}
          options={[
            { value: opened.number, label: t(opened.status === "draft" ? "reading.draft" : "reading.review", { number: opened.number }) },
            { value: live.number, label: t("reading.live", { number: live.number }) },
          ]}
        />
      )}
      {version.error && !known && <ErrorState error={version.error} onRetry={() => void version.refetch()} />}
      {body === undefined ? (
        !version.error && <Skeleton active />
      ) : (
        <div style={{ color: token.colorText }}>
          <Markdown text={body} />
        </div>
      )}
    </>
  );
}
