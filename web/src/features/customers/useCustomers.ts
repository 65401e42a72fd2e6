import { api } from "@/api/client";
import type { Schemas } from "@/api/client";
import { startOf } from "../customer360/useList";

export type Row = Schemas["CustomerRowOut"];
export const SORTS = ["newest", "last_order", "changed", "name"] as const;
export const STAGES = ["prospect", "new", "active", "lapsing", "lapsed"] as const;

/** What the address says, as the server takes it. */
export function queryOf(search: URLSearchParams) {
  const sort = SORTS.find((one) => one === search.get("sort"));
  const shop = Number(search.get("shop"));
  return {
    q: search.get("q") ?? undefined,
    tag: search.get("tag") ?? undefined,
    tier: search.get("tier") ?? undefined,
    shop_id: shop > 0 ? shop : undefined,
    lifecycle: STAGES.find((one) => one === search.get("stage")),
    created_from: startOf(search.get("from")),
    created_to: startOf(search.get("to"), 1),
    open_tickets: search.has("open") ? true : undefined,
    sort,
  };
}

export function useCustomers(search: URLSearchParams) {
  const list = api.useInfiniteQuery(
    "get",
    "/api/v1/customers",
    { params: { query: { ...queryOf(search), limit: 50 } } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (page: Schemas["Page_CustomerRowOut_"]) => page.next ?? undefined },
  );
  return { ...list, rows: list.data?.pages.flatMap((page) => page.items) ?? [] };
}
