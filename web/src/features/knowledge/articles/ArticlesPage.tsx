import { Button, Select, theme } from "antd";
import { PlusOutlined } from "@ant-design/icons";
import type { InputRef } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { useMay } from "@/api/session";
import { SearchField } from "@/components/SearchField";
import { EmptyState } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { ArticleList } from "./ArticleList";
import { ArticlePane } from "./ArticlePane";
import { CategoryTree, useCategoryNames } from "./CategoryTree";
import { FilterBar } from "./FilterBar";
import { NewArticle } from "./NewArticle";
import { useArticles } from "./useArticles";

/** Tree, list and article side by side; on a narrow screen one after the other. */
export function ArticlesPage() {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const { id } = useParams();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const searchBox = useRef<InputRef>(null);
  const [typed, setTyped] = useState(search.get("q") ?? "");
  const mayPropose = useMay("knowledge:propose");
  const articles = useArticles(search);
  const rows = articles.rows;

  const set = (values: Record<string, string | null>) => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === "") next.delete(name);
      else next.set(name, value);
    }
    setSearch(next, { replace: true });
  };
  const open = (to: string) => void navigate({ pathname: `/knowledge/articles/${to}`, search: search.toString() });
  const step = (by: number) => {
    const at = rows.findIndex((row) => String(row.id) === id);
    const next = rows[at === -1 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) open(String(next.id));
  };
  useShortcuts(t("keys.list"), [
    { keys: "j", label: t("keys.next"), run: () => step(1) },
    { keys: "k", label: t("keys.previous"), run: () => step(-1) },
    { keys: "/", label: t("keys.search"), run: () => searchBox.current?.focus() },
    { keys: "n", label: t("article.new"), run: () => open("new"), disabled: !mayPropose },
  ]);

  const category = search.get("category");
  const tree = <CategoryTree chosen={category} onChoose={(name) => set({ category: name })} />;
  return (
    <div className={`kn-three${id === undefined ? " kn-none-open" : ""}`}>
      <aside className="kn-tree" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }} aria-label={t("tree.label")}>
        {tree}
      </aside>
      <section className="kn-list" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }} aria-label={t("tabs.articles")}>
        <div className="kn-list-head">
          <div style={{ display: "flex", gap: 8 }}>
            <SearchField box={searchBox} label={t("filters.search")} typed={typed} onType={setTyped} onSearch={(q) => set({ q })} />
            {mayPropose && (
              <Button type="primary" icon={<PlusOutlined />} onClick={() => open("new")} aria-label={t("article.new")} title={`${t("article.new")} (n)`} />
            )}
          </div>
          <div className="kn-only-narrow">
            <CategorySelect chosen={category} onChoose={(name) => set({ category: name })} />
          </div>
          <FilterBar search={search} onChange={set} />
        </div>
        <ArticleList articles={articles} openId={id} onOpen={open} filtered={[...search.keys()].length > 0} onReset={() => setSearch({}, { replace: true })} />
      </section>
      <section className="kn-article" style={{ background: token.colorBgContainer }} aria-label={t("article.label")}>
        {id === undefined && <EmptyState title={t("article.choose")} hint={t("article.chooseHint")} />}
        {id === "new" && <NewArticle category={category ?? ""} onDone={open} onLeave={() => void navigate({ pathname: "/knowledge/articles", search: search.toString() })} />}
        {id !== undefined && id !== "new" && <ArticlePane key={id} id={Number(id)} onBack={() => void navigate({ pathname: "/knowledge/articles", search: search.toString() })} />}
      </section>
    </div>
  );
}

function CategorySelect({ chosen, onChoose }: { chosen: string | null; onChoose: (name: string | null) => void }) {
  const { t } = useTranslation("knowledge");
  const names = useCategoryNames();
  return (
    <Select
      style={{ width: "100%" }}
      value={chosen ?? ""}
      onChange={(name: string) => onChoose(name === "" ? null : name)}
      aria-label={t("tree.label")}
      options={[{ value: "", label: t("tree.all") }, ...names.map((name) => ({ value: name, label: name }))]}
    />
  );
}
