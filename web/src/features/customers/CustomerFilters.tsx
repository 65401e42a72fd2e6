import { Button, Checkbox, Select } from "antd";
import type { InputRef } from "antd";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { DayRange } from "../customer360/DayRange";
import { useShops } from "@/api/lookups";
import { ListSearch } from "../customer360/ListParts";
import type { ListFilters } from "../customer360/useList";
import { SORTS, STAGES } from "./useCustomers";

export function CustomerFilters({ filters, box }: { filters: ListFilters; box: RefObject<InputRef | null> }) {
  const { t } = useTranslation("customers");
  const { search, set } = filters;
  const shops = useShops();
  const facets = api.useQuery("get", "/api/v1/customers/facets", {}, { staleTime: 300_000 }).data;
  const counted = (values: { value: string; customers: number }[] = []) => values.map((one) => ({ value: one.value, label: `${one.value} (${one.customers})` }));
  return (
    <div className="c360-filters" role="search">
      <ListSearch filters={filters} box={box} texts="customers" />
      <Select allowClear placeholder={t("filters.shop")} aria-label={t("filters.shop")} value={search.get("shop") ?? undefined} onChange={(shop?: string) => set({ shop })} options={shops.options.map((one) => ({ ...one, value: String(one.value) }))} style={{ minWidth: 130 }} />
      <Select allowClear placeholder={t("filters.lifecycle")} aria-label={t("filters.lifecycle")} value={search.get("stage") ?? undefined} onChange={(stage?: string) => set({ stage })} options={STAGES.map((one) => ({ value: one, label: t(`stage.${one}`), title: t(`stageRule.${one}`) }))} style={{ minWidth: 110 }} />
      <Select allowClear showSearch placeholder={t("filters.tag")} aria-label={t("filters.tag")} value={search.get("tag") ?? undefined} onChange={(tag?: string) => set({ tag })} options={counted(facets?.tags)} style={{ minWidth: 130 }} />
      {(facets?.tiers.length ?? 0) > 0 && (
        <Select allowClear placeholder={t("filters.tier")} aria-label={t("filters.tier")} value={search.get("tier") ?? undefined} onChange={(tier?: string) => set({ tier })} options={counted(facets?.tiers)} style={{ minWidth: 110 }} />
      )}
      <DayRange label={t("filters.dates")} names={[t("filters.from"), t("filters.to")]} from={search.get("from")} to={search.get("to")} onChange={(from, to) => set({ from, to })} />
      <Checkbox checked={search.has("open")} onChange={(event) => set({ open: event.target.checked ? "1" : null })}>
        {t("filters.openTickets")}
      </Checkbox>
      <Select aria-label={t("filters.sort")} value={SORTS.find((one) => one === search.get("sort")) ?? "newest"} onChange={(sort) => set({ sort: sort === "newest" ? null : sort })} options={SORTS.map((one) => ({ value: one, label: t(`sort.${one}`) }))} style={{ minWidth: 120 }} />
      {filters.any && (
        <Button type="link" onClick={filters.clear}>
          {t("filters.clear")}
        </Button>
      )}
    </div>
  );
}
