import { api, type Schemas } from "@/api/client";
import { startOf } from "../customer360/useList";

export type Row = Schemas["OrderOut"];
export const SORTS = ["newest", "oldest", "largest"] as const;
export const STATUSES = ["pending", "paid", "processing", "shipped", "delivered", "completed", "cancelled", "returned", "refunded", "unknown"] as const;
export const PARCELS = ["created", "picked_up", "in_transit", "out_for_delivery", "delivered", "exception", "returned", "unknown"] as const;

/** What the address says, as the server takes it. */
export function queryOf(search: URLSearchParams) {
  const chosen = search.get("status")?.split(",") ?? [];
  const statuses = STATUSES.filter((one) => chosen.includes(one));
  const shop = Number(search.get("shop"));
  const customer = Number(search.get("customer"));
  const parcel = PARCELS.find((one) => one === search.get("parcel"));
  return {
    q: search.get("q") ?? undefined,
    status: statuses.length > 0 ? statuses : undefined,
    shop_id: shop > 0 ? shop : undefined,
    customer_id: customer > 0 ? customer : undefined,
    placed_from: startOf(search.get("from")),
    placed_to: startOf(search.get("to"), 1),
    parcel: parcel ? [parcel] : undefined,
    open_tickets: search.has("tickets") ? true : undefined,
    open_requests: search.has("requests") ? true : undefined,
    sort: SORTS.find((one) => one === search.get("sort")),
  };
}

export function useOrders(search: URLSearchParams) {
  const list = api.useInfiniteQuery(
    "get",
    "/api/v1/orders",
    { params: { query: { ...queryOf(search), limit: 50 } } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (page: Schemas["Page_OrderOut_"]) => page.next ?? undefined },
  );
  return { ...list, rows: list.data?.pages.flatMap((page) => page.items) ?? [] };
}
