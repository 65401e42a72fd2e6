/** What the reader looks at stands in the address: the view, filters, order and the open ticket. */
import { useCallback, useMemo } from "react";
import { useMatch, useNavigate, useSearchParams } from "react-router";
import { DEFAULT_VIEW, type Filters, fromAddress, meaning, type SavedView, type Sort, SORTS, toAddress } from "./views";

export function useAddress(saved: readonly SavedView[] | undefined) {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const match = useMatch("/inbox/:ticketId");
  const openId = Number(match?.params.ticketId) || null;
  const query = search.toString();
  const view = search.get("view") ?? DEFAULT_VIEW;
  const base = useMemo(() => meaning(view, saved ?? []), [view, saved]);
  const chosen = useMemo(() => fromAddress(new URLSearchParams(query)), [query]);
  const filters = useMemo<Filters>(() => ({ ...base.filters, ...chosen }), [base, chosen]);
  const wished = search.get("sort");
  const sort: Sort = SORTS.find((one) => one === wished) ?? base.sort;

  const ticketAddress = useCallback((id: number | null) => `/inbox${id === null ? "" : `/${id}`}${query ? `?${query}` : ""}`, [query]);
  const open = useCallback((id: number | null, replace = false) => void navigate(ticketAddress(id), { replace }), [navigate, ticketAddress]);
  const viewAddress = useCallback((key: string) => `/inbox?view=${encodeURIComponent(key)}`, []);
  const setView = useCallback((key: string) => void navigate(viewAddress(key)), [navigate, viewAddress]);
  const setFilters = useCallback(
    (next: Filters) => {
      const text = toAddress(new URLSearchParams(query), next).toString();
      void navigate(`/inbox${openId === null ? "" : `/${openId}`}${text ? `?${text}` : ""}`, { replace: true });
    },
    [navigate, openId, query],
  );
  const setSort = useCallback(
    (next: Sort) => {
      const changed = new URLSearchParams(query);
      changed.set("sort", next);
      void navigate(`/inbox${openId === null ? "" : `/${openId}`}?${changed.toString()}`, { replace: true });
    },
    [navigate, openId, query],
  );
  /** The same filters over all tickets. */
  const widen = useCallback(() => {
    const changed = new URLSearchParams(query);
    changed.set("view", "all");
    void navigate(`/inbox?${changed.toString()}`);
  }, [navigate, query]);
  return { widen, openId, view, filters, chosen, sort, open, ticketAddress, viewAddress, setView, setFilters, setSort };
}
