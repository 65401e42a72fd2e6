import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";

const RARELY = { staleTime: 300_000, retry: false };

/** "article:12" as the title of what it names, leading there. */
export function DocumentLink({ id }: { id: string }) {
  const [kind, number] = id.split(":");
  if (kind === "article") return <Article id={Number(number)} />;
  if (kind === "case") return <KnowledgeCase id={Number(number)} />;
  return <code>{id}</code>;
}

function Article({ id }: { id: number }) {
  const { t } = useTranslation("evaluation");
  const found = api.useQuery("get", "/api/v1/articles/{article_id}", { params: { path: { article_id: id } } }, RARELY);
  return <Named to={`/knowledge/articles/${id}`} title={found.data?.current.title} gone={found.isError} fallback={t("document.article", { id })} />;
}

function KnowledgeCase({ id }: { id: number }) {
  const { t } = useTranslation("evaluation");
  const found = api.useQuery("get", "/api/v1/cases/{case_id}", { params: { path: { case_id: id } } }, RARELY);
  return <Named to={`/knowledge/cases/${id}`} title={found.data?.question} gone={found.isError} fallback={t("document.case", { id })} />;
}

function Named({ to, title, gone, fallback }: { to: string; title: string | undefined; gone: boolean; fallback: string }) {
  const { token } = theme.useToken();
  if (gone) return <span style={{ color: token.colorTextSecondary }}>{fallback}</span>;
  return (
    <Link to={to} title={title} className="ev-clip">
      {title ?? fallback}
    </Link>
  );
}
