import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api, type Schemas } from "@/api/client";
import { useMay } from "@/api/session";
import { PhoneBack } from "@/components/PhoneBack";
import { ErrorState, PageLoading } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { FeedbackList } from "../FeedbackList";
import { openedOf, publishedOf, type Version } from "../states";
import { TabBar } from "../TabBar";
import { Answers } from "./Answers";
import { ArticleHead } from "./ArticleHead";
import { EditDraft } from "./EditDraft";
import { Reading } from "./Reading";
import { ScopeForm } from "./ScopeForm";
import { Versions } from "./Versions";

const TABS = ["text", "versions", "scope", "answers", "feedback"] as const;
type Tab = (typeof TABS)[number];

export function ArticlePane({ id, onBack }: { id: number; onBack: () => void }) {
  const article = api.useQuery(
    "get",
    "/api/v1/articles/{article_id}",
    { params: { path: { article_id: id } } },
    // a published version is found as soon as it is indexed: look again until it is
    { refetchInterval: ({ state }) => (state.data && indexing(state.data) ? 1500 : false) },
  );
  if (article.isPending) return <PageLoading />;
  if (article.error) return <ErrorState error={article.error} onRetry={() => void article.refetch()} />;
  return <Loaded article={article.data} onBack={onBack} />;
}

export function indexing(article: Schemas["ArticleOut"]): boolean {
  const published = publishedOf(article);
  return published !== null && published.indexed_at === null && article.archived_at === null;
}

function Loaded({ article, onBack }: { article: Schemas["ArticleOut"]; onBack: () => void }) {
  const { t } = useTranslation("knowledge");
  const [search, setSearch] = useSearchParams();
  const mayEdit = useMay("knowledge:propose");
  const tab = (TABS.find((one) => one === search.get("tab")) ?? "text") as Tab;
  const editing = search.get("edit") === "1" && mayEdit;
  const opened = openedOf(article);
  const shown: Version = search.get("v") === "live" ? (publishedOf(article) ?? article.current) : (opened ?? article.current);
  const set = (values: Record<string, string | null>) => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(values)) {
      if (value === null) next.delete(name);
      else next.set(name, value);
    }
    setSearch(next, { replace: true });
  };
  const edit = () => set({ edit: "1", tab: null, v: null });
  useShortcuts(t("keys.article"), [
    { keys: "e", label: t("article.edit"), run: edit, disabled: editing || !mayEdit },
    ...TABS.map((one, at) => ({ keys: String(at + 1), label: t(`article.tabs.${one}`), run: () => set({ tab: one === "text" ? null : one, edit: null }) })),
  ]);
  if (editing) return <EditDraft key={`${article.id}-${opened?.number ?? 0}`} article={article} onDone={() => set({ edit: null })} onPublish={() => set({ edit: null, publish: "1" })} />;
  const judged = article.helpful + article.not_helpful;
  const labels: Record<Tab, string> = {
    text: t("article.tabs.text"),
    versions: `${t("article.tabs.versions")} ${article.versions.length}`,
    scope: t("article.tabs.scope"),
    answers: t("article.tabs.answers"),
    feedback: judged > 0 ? `${t("article.tabs.feedback")} ${judged}` : t("article.tabs.feedback"),
  };
  const content: Record<Tab, () => ReactNode> = {
    text: () => <Reading article={article} shown={shown} onShow={(which) => set({ v: which })} />,
    versions: () => <Versions article={article} />,
    scope: () => <ScopeForm key={article.version} article={article} />,
    answers: () => <Answers id={article.id} />,
    feedback: () => <FeedbackList articleId={article.id} />,
  };
  return (
    <div className="kn-pane">
      <PhoneBack to={t("tabs.articles")} onBack={onBack} />
      <ArticleHead article={article} onEdit={edit} />
      <TabBar tabs={TABS.map((key) => ({ key, label: labels[key] }))} chosen={tab} onChoose={(key) => set({ tab: key === "text" ? null : key })}>
        {content[tab]()}
      </TabBar>
    </div>
  );
}
