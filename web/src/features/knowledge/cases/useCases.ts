import { api, type Schemas } from "@/api/client";

export type Case = Schemas["CaseOut"];
export type CaseStatus = Schemas["CaseOut"]["status"];
export const STATUSES = ["proposed", "published", "discarded", "retired"] as const;

export function statusOf(search: URLSearchParams): CaseStatus {
  return STATUSES.find((one) => one === search.get("status")) ?? "proposed";
}

export function useCases(search: URLSearchParams) {
  const shop = search.get("shop");
  const pages = api.useInfiniteQuery(
    "get",
    "/api/v1/cases",
    {
      params: {
        query: {
          status: statusOf(search),
          shop_id: shop === null ? undefined : Number(shop),
          intent: search.get("intent") ?? undefined,
          q: search.get("q") ?? undefined,
          limit: 50,
        },
      },
    },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (last: { next?: string | null }) => last.next ?? undefined },
  );
  const rows: Case[] = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return { ...pages, rows };
}
