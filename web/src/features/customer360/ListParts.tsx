/** What the lists of customers and orders share: the search field, an empty table's words, and going on to more rows. */
import { Button, type InputRef, theme } from "antd";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { SearchField } from "@/components/SearchField";
import { EmptyState } from "@/components/states";
import type { ListFilters } from "./useList";

type Texts = "customers" | "orders";

export function ListSearch({ filters, box, texts }: { filters: ListFilters; box: RefObject<InputRef | null>; texts: Texts }) {
  const { t } = useTranslation(texts);
  const { set, typed, setTyped } = filters;
  return <SearchField box={box} label={t("search")} typed={typed} onType={setTyped} onSearch={(q) => set({ q })} style={{ flex: "1 1 240px", maxWidth: 360 }} />;
}

/** Nothing there yet, or nothing that matches. */
export function EmptyList({ filters, texts }: { filters: ListFilters; texts: Texts }) {
  const { t } = useTranslation(texts);
  if (!filters.any) return <EmptyState title={t("empty")} hint={t("emptyHint")} />;
  return (
    <EmptyState title={t("noMatch")} hint={t("noMatchHint")}>
      <Button onClick={filters.clear}>{t("filters.clear")}</Button>
    </EmptyState>
  );
}

interface Paged {
  rows: readonly unknown[];
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => Promise<unknown>;
}

/** How many rows are shown, and a button for the next page. */
export function MoreRows({ list, texts }: { list: Paged; texts: Texts }) {
  const { t } = useTranslation([texts, "common"]);
  const { token } = theme.useToken();
  return (
    <div className="c360-row" style={{ justifyContent: "space-between", marginTop: 8, color: token.colorTextTertiary }}>
      <span>{t("count", { count: list.rows.length })}</span>
      {list.hasNextPage && (
        <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("common:actions.loadMore")}
        </Button>
      )}
    </div>
  );
}
