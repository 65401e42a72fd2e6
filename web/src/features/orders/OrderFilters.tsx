import { Button, Checkbox, Select, Tag } from "antd";
import type { InputRef } from "antd";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { DayRange } from "../customer360/DayRange";
import { useShops } from "@/api/lookups";
import { ListSearch } from "../customer360/ListParts";
import type { ListFilters } from "../customer360/useList";
import { PARCELS, SORTS, STATUSES } from "./useOrders";

export function OrderFilters({ filters, box }: { filters: ListFilters; box: RefObject<InputRef | null> }) {
  const { t } = useTranslation("orders");
  const { search, set } = filters;
  const shops = useShops();
  const customer = search.get("customer");
  return (
    <div className="c360-filters" role="search">
      <ListSearch filters={filters} box={box} texts="orders" />
      {customer !== null && <OfCustomer id={Number(customer)} onClear={() => set({ customer: null })} />}
      <Select mode="multiple" showSearch={{ optionFilterProp: "label" }} allowClear maxTagCount="responsive" placeholder={t("filters.status")} aria-label={t("filters.status")} value={search.get("status")?.split(",").filter(Boolean) ?? []} onChange={(values: string[]) => set({ status: values.join(",") })} options={STATUSES.map((one) => ({ value: one, label: t(`status.${one}`) }))} style={{ minWidth: 170 }} />
      <Select allowClear placeholder={t("filters.parcel")} aria-label={t("filters.parcel")} value={search.get("parcel") ?? undefined} onChange={(parcel?: string) => set({ parcel })} options={PARCELS.map((one) => ({ value: one, label: t(`shipment.${one}`) }))} style={{ minWidth: 120 }} />
      <Select allowClear placeholder={t("filters.shop")} aria-label={t("filters.shop")} value={search.get("shop") ?? undefined} onChange={(shop?: string) => set({ shop })} options={shops.options.map((one) => ({ ...one, value: String(one.value) }))} style={{ minWidth: 130 }} />
      <DayRange label={t("filters.dates")} names={[t("filters.from"), t("filters.to")]} from={search.get("from")} to={search.get("to")} onChange={(from, to) => set({ from, to })} />
      <Checkbox checked={search.has("tickets")} onChange={(event) => set({ tickets: event.target.checked ? "1" : null })}>
        {t("filters.openTickets")}
      </Checkbox>
      <Checkbox checked={search.has("requests")} onChange={(event) => set({ requests: event.target.checked ? "1" : null })}>
        {t("filters.openRequests")}
      </Checkbox>
      <Select aria-label={t("filters.sort")} value={SORTS.find((one) => one === search.get("sort")) ?? "newest"} onChange={(sort) => set({ sort: sort === "newest" ? null : sort })} options={SORTS.map((one) => ({ value: one, label: t(`sort.${one}`) }))} style={{ minWidth: 130 }} />
      {filters.any && (
        <Button type="link" onClick={filters.clear}>
          {t("filters.clear")}
        </Button>
      )}
    </div>
  );
}

function OfCustomer({ id, onClear }: { id: number; onClear: () => void }) {
  const { t } = useTranslation("orders");
  const name = api.useQuery("get", "/api/v1/customers/{customer_id}", { params: { path: { customer_id: id } } }).data?.name;
  return (
    <Tag closable={{ "aria-label": t("filters.clear") }} onClose={onClear} style={{ margin: 0 }}>
      {t("customer")}: {name || `#${id}`}
    </Tag>
  );
}
