import { api, type Schemas } from "@/api/client";

export type ArticleRow = Schemas["ArticleRowOut"];
type Status = "draft" | "review" | "published" | "archived";

const number = (value: string | null) => (value === null ? undefined : Number(value));

/** The list that the address describes, page by page. */
export function useArticles(search: URLSearchParams) {
  const validity = search.get("validity");
  const pages = api.useInfiniteQuery(
    "get",
    "/api/v1/articles",
    {
      params: {
        query: {
          status: (search.get("status") ?? undefined) as Status | undefined,
          category: search.get("category") ?? undefined,
          audience: search.get("audience") ?? undefined,
          language: search.get("language") ?? undefined,
          shop_id: number(search.get("shop")),
          owner_id: number(search.get("owner")),
          q: search.get("q") ?? undefined,
          validity: (validity ?? undefined) as Schemas["Validity"] | undefined,
          unread_feedback: search.get("feedback") === "1" ? true : undefined,
          limit: 50,
        },
      },
    },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (last: { next?: string | null }) => last.next ?? undefined },
  );
  const rows: ArticleRow[] = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return { ...pages, rows };
}
