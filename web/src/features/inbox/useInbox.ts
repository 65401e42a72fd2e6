/** Pages of rows, and how live hints keep them true without moving what the reader looks at. */
import type { InfiniteData } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api, client, type Schemas } from "@/api/client";
import { invalidate, queryClient } from "@/api/queries";
import { type Hint, useHints } from "@/live/hints";
import type { Filters, Row, Sort } from "./views";

type Page = Schemas["Page_InboxRowOut_"];
const PATH = "/api/v1/inbox/tickets";
const PAGE = 60;
const GATHER_MS = 600;
/** Up to so many loaded pages are simply asked for again. */
const FEW_PAGES = 2;
const MOST_IDS = 60;

export function useInbox(filters: Filters, sort: Sort) {
  const init = useMemo(() => ({ params: { query: { ...filters, sort, limit: PAGE } } }), [filters, sort]);
  const list = api.useInfiniteQuery("get", PATH, init, {
    pageParamName: "cursor",
    // undefined would become 0
    initialPageParam: null,
    getNextPageParam: (last) => last.next,
    placeholderData: (before) => before,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const [newer, setNewer] = useState(false);
  const waiting = useRef(new Set<number>());
  const timer = useRef<number>(undefined);

  const refreshRows = useCallback(
    async (ids: number[]) => {
      const { data } = await client.GET(PATH, { params: { query: { id: ids.slice(0, MOST_IDS), limit: MOST_IDS } } });
      if (!data) return;
      const fresh = new Map(data.items.map((row) => [row.id, row]));
      queryClient.setQueryData<InfiniteData<Page>>(["get", PATH, init], (known) => known && patched(known, fresh));
    },
    [init],
  );

  const settle = useCallback(() => {
    timer.current = undefined;
    const ids = [...waiting.current];
    waiting.current.clear();
    void invalidate("/api/v1/inbox/counts");
    const data = queryClient.getQueryData<InfiniteData<Page>>(["get", PATH, init]);
    if (!data || data.pages.length <= FEW_PAGES) {
      void queryClient.invalidateQueries({ queryKey: ["get", PATH, init] });
      return;
    }
    // deep in the list nothing moves: rows that are there are renewed, others are announced
    const loaded = new Set(data.pages.flatMap((page) => page.items.map((row) => row.id)));
    if (ids.some((id) => !loaded.has(id))) setNewer(true);
    const known = ids.filter((id) => loaded.has(id));
    if (known.length > 0) void refreshRows(known);
  }, [init, refreshRows]);

  const onHint = useCallback(
    (hint: Hint) => {
      if (hint.ticket_id === null) return;
      waiting.current.add(hint.ticket_id);
      timer.current ??= window.setTimeout(settle, GATHER_MS);
    },
    [settle],
  );
  useHints(onHint);
  useEffect(
    () => () => {
      window.clearTimeout(timer.current);
      timer.current = undefined;
    },
    [settle],
  );

  const reload = useCallback(async () => {
    setNewer(false);
    queryClient.setQueryData<InfiniteData<Page>>(
      ["get", PATH, init],
      (known) => known && { pages: known.pages.slice(0, 1), pageParams: known.pageParams.slice(0, 1) },
    );
    await queryClient.invalidateQueries({ queryKey: ["get", PATH, init] });
    await invalidate("/api/v1/inbox/counts");
  }, [init]);

  return { list, rows, newer, reload, refreshRows };
}

function patched(known: InfiniteData<Page>, fresh: ReadonlyMap<number, Row>): InfiniteData<Page> {
  return {
    ...known,
    pages: known.pages.map((page) =>
      page.items.some((row) => fresh.has(row.id)) ? { ...page, items: page.items.map((row) => fresh.get(row.id) ?? row) } : page,
    ),
  };
}
