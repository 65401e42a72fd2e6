/** What the column of views offers, and which filters an address stands for. */
import type { Schemas } from "@/api/client";

export type Filters = Partial<Schemas["InboxFilters"]>;
export type Counts = Schemas["InboxCountsOut"];
export type SavedView = Schemas["ViewOut"];
export type Row = Schemas["InboxRowOut"];
export type Status = Row["status"];
export type Priority = Row["priority"];
export const SORTS = ["newest", "waiting", "priority"] as const;
export type Sort = (typeof SORTS)[number];
export const STATUSES: readonly Status[] = ["new", "open", "pending", "resolved", "closed"];
export const PRIORITIES: readonly Priority[] = ["urgent", "high", "normal", "low"];
const ACTIVE: Status[] = ["new", "open", "pending"];
export const FIXED = ["mine", "unassigned", "waiting", "active", "all"] as const;
export type Fixed = (typeof FIXED)[number];
export const DEFAULT_VIEW = "active";
export const UNKNOWN_VIEW = { filters: {}, sort: "newest" as Sort };

const FIXED_FILTERS: Record<Fixed, Filters> = {
  mine: { assignee: "me", status: ACTIVE },
  unassigned: { assignee: "nobody", status: ACTIVE },
  waiting: { waiting: true, status: ACTIVE },
  active: { status: ACTIVE },
  all: {},
};

/** `key`: mine, unassigned, waiting, active, all, status:open, priority:high, channel:web, tag:vip or saved:3. */
export function meaning(key: string, saved: readonly SavedView[]): { filters: Filters; sort: Sort } {
  const [kind = "", ...rest] = key.split(":");
  const value = rest.join(":");
  if ((FIXED as readonly string[]).includes(kind)) {
    return { filters: FIXED_FILTERS[kind as Fixed], sort: kind === "waiting" ? "waiting" : "newest" };
  }
  if (kind === "saved") {
    const view = saved.find((one) => String(one.id) === value);
    return view ? { filters: compact(view.filters), sort: view.sort } : UNKNOWN_VIEW;
  }
  if (kind === "status") return { filters: { status: [value as Status] }, sort: "newest" };
  if (kind === "priority" || kind === "channel" || kind === "tag") {
    return { filters: { [kind]: [value], status: ACTIVE }, sort: "newest" };
  }
  return { filters: FIXED_FILTERS.active, sort: "newest" };
}

/** Without what does not filter. */
export function compact(filters: Filters): Filters {
  return Object.fromEntries(
    Object.entries(filters).filter(([, value]) => value !== null && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0)),
  );
}

const LISTS = ["status", "priority", "channel", "tag"] as const;
const WORDS = ["assignee", "intent", "language", "q"] as const;

/** The filters that a reader has chosen beside the view, from the address. */
export function fromAddress(search: URLSearchParams): Filters {
  const chosen: Record<string, unknown> = {};
  for (const name of LISTS) if (search.has(name)) chosen[name] = search.getAll(name);
  for (const name of WORDS) if (search.get(name)) chosen[name] = search.get(name);
  if (search.get("shop_id")) chosen.shop_id = Number(search.get("shop_id"));
  if (search.get("waiting")) chosen.waiting = true;
  return chosen as Filters;
}

/** The address with these filters instead of its own. */
export function toAddress(search: URLSearchParams, filters: Filters): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const name of [...LISTS, ...WORDS, "shop_id", "waiting"]) next.delete(name);
  for (const [name, value] of Object.entries(compact(filters))) {
    if (Array.isArray(value)) for (const one of value) next.append(name, String(one));
    else next.set(name, String(value));
  }
  return next;
}

export function countOf(key: string, counts: Counts | undefined): number | undefined {
  if (!counts) return undefined;
  const [kind = "", ...rest] = key.split(":");
  const value = rest.join(":");
  if (kind === "all") return Object.values(counts.status).reduce((sum, one) => sum + one, 0);
  if ((FIXED as readonly string[]).includes(kind)) return counts[kind as Exclude<Fixed, "all">];
  if (kind === "saved") return counts.views[value];
  return (counts as unknown as Record<string, Record<string, number> | undefined>)[kind]?.[value] ?? 0;
}
