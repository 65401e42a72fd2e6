import { Skeleton, theme, Tree } from "antd";
import type { DataNode } from "antd/es/tree";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "@/api/client";

type Category = Schemas["CategoryOut"];
interface Branch {
  name: string;
  label: string;
  articles: number;
  waiting: number;
  children: Branch[];
}

/** "a/b" is below "a", whether or not anything stands in "a" itself; a branch counts what is below it. */
export function branches(categories: readonly Category[]): Branch[] {
  const roots: Branch[] = [];
  for (const category of categories.filter((one) => one.articles > 0)) {
    let level = roots;
    let path = "";
    for (const part of category.name.split("/")) {
      path = path === "" ? part : `${path}/${part}`;
      let branch = level.find((one) => one.name === path);
      if (!branch) {
        branch = { name: path, label: part, articles: 0, waiting: 0, children: [] };
        level.push(branch);
      }
      branch.articles += category.articles;
      branch.waiting += category.draft + category.review;
      level = branch.children;
    }
  }
  return roots;
}

function useCategories() {
  return api.useQuery("get", "/api/v1/articles/categories");
}

export function useCategoryNames(): string[] {
  const walk = (level: Branch[]): string[] => level.flatMap((one) => [one.name, ...walk(one.children)]);
  return walk(branches(useCategories().data ?? [])).filter((name) => name !== "");
}

export function CategoryTree({ chosen, onChoose }: { chosen: string | null; onChoose: (name: string | null) => void }) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const categories = useCategories();
  const data = useMemo(() => categories.data ?? [], [categories.data]);
  const total = data.reduce((sum, one) => sum + one.articles, 0);
  const nodes = useMemo(() => {
    const show = (branch: Branch): DataNode => ({
      key: `in:${branch.name}`,
      title: (
        <span className="kn-branch">
          <span className="kn-branch-name" title={branch.name}>
            {branch.label === "" ? t("tree.none") : branch.label}
          </span>
          {branch.waiting > 0 && <span className="kn-dot" style={{ background: token.colorWarning }} title={t("tree.waiting", { count: branch.waiting })} />}
          <span className="tabular" style={{ color: token.colorTextTertiary }}>
            {branch.articles}
          </span>
        </span>
      ),
      children: branch.children.map(show),
    });
    return [
      {
        key: "all",
        title: (
          <span className="kn-branch">
            <span className="kn-branch-name">{t("tree.all")}</span>
            <span className="tabular" style={{ color: token.colorTextTertiary }}>
              {total}
            </span>
          </span>
        ),
      },
      ...branches(data).map(show),
    ];
  }, [data, t, token, total]);
  if (categories.isPending) return <Skeleton active paragraph={{ rows: 8 }} title={false} style={{ padding: 12 }} />;
  return (
    <Tree
      blockNode
      defaultExpandAll
      aria-label={t("tree.label")}
      treeData={nodes}
      selectedKeys={[chosen === null ? "all" : `in:${chosen}`]}
      onSelect={(keys) => {
        const key = String(keys[0] ?? "all");
        onChoose(key === "all" || key === "in:" ? null : key.slice(3));
      }}
    />
  );
}
