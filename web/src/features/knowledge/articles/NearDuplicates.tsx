import { Alert } from "antd";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { client } from "@/api/client";
import { useFormats } from "@/components/format";
import { AudienceTag } from "../tags";

const PAUSE_MS = 700;

/** Published articles that nearly say what is being written, while it can still be said once. */
export function NearDuplicates({ text, articleId }: { text: string; articleId?: number }) {
  const { t } = useTranslation("knowledge");
  const formats = useFormats();
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  const found = useQuery({
    queryKey: ["post", "/api/v1/articles/near-duplicates", { text: settled, articleId }],
    queryFn: async ({ signal }) => (await client.POST("/api/v1/articles/near-duplicates", { body: { text: settled, exclude: articleId ?? null }, signal })).data ?? [],
    enabled: settled.trim().length >= 20,
    placeholderData: (before) => before,
    staleTime: 60_000,
  });
  const similar = settled.trim().length >= 20 ? (found.data ?? []) : [];
  return (
    <div aria-live="polite">
      {similar.length > 0 && (
        <Alert
          type="warning"
          showIcon
          title={t("duplicates.title", { count: similar.length })}
          description={
            <ul style={{ margin: 0, paddingInlineStart: 18 }}>
              {similar.slice(0, 5).map(({ article, similarity }) => (
                <li key={article.id}>
                  <Link to={`/knowledge/articles/${article.id}`} target="_blank">
                    {article.current.title}
                  </Link>{" "}
                  <span className="tabular">{t("duplicates.share", { share: formats.percent(similarity) })}</span> <AudienceTag audience={article.audience} />
                </li>
              ))}
            </ul>
          }
        />
      )}
    </div>
  );
}
