/** Backtests as the server has them; `report` is open in the API and typed here. */
import { api, type Schemas } from "@/api/client";

export type Backtest = Schemas["ReportOut"];
export type Verdict = "wrong" | "right" | "untold" | "silent";
export const VERDICTS = ["wrong", "right", "untold", "silent"] as const;

export interface Share {
  n: number;
  share: number;
  low: number;
  high: number;
}
export interface Point {
  threshold: number;
  answers: number;
  coverage: number;
  risk: number;
  precision_low: number;
}
export interface Group {
  intent?: string | null;
  language?: string;
  questions: number;
  answered: Share | null;
  right: Share | null;
}
/** docs/learning.md; everything is missing until the backtest is done. */
export interface Found {
  replayed?: number;
  answered?: Share | null;
  right?: Share | null;
  untold?: number;
  needs_records?: number;
  passages?: number;
  agreement?: { token_f1: number | null; cosine: number | null; numbers: Record<string, number>; citations: Share | null };
  risk_coverage?: { points: Point[]; aurc: number | null; at_precision: Record<string, Point | null> };
  by_intent?: Group[];
  by_language?: Group[];
}
export interface Replay {
  gone?: boolean;
  at?: string;
  intent?: string | null;
  answered?: boolean;
  needs_records?: boolean;
  confidence?: number;
  draft?: string;
  right?: boolean | null;
  agreement?: { token_f1: number; cosine: number; numbers: "agree" | "conflict" | "silent" };
}

export const foundOf = (one: Backtest) => one.report as Found;

const everyTwoSeconds = (running: boolean | undefined) => (running ? 2000 : (false as const));

export function useBacktests() {
  const pages = api.useInfiniteQuery(
    "get",
    "/api/v1/evaluations/reports",
    { params: { query: { kind: "backtest", limit: 30 } } },
    {
      pageParamName: "cursor",
      initialPageParam: null,
      getNextPageParam: (last: { next?: string | null }) => last.next ?? undefined,
      refetchInterval: (query) => everyTwoSeconds((query.state.data as { pages: { items: Backtest[] }[] } | undefined)?.pages.some((page) => page.items.some((one) => one.state === "running"))),
    },
  );
  const rows: Backtest[] = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return { ...pages, rows };
}

export function useBacktest(id: number) {
  return api.useQuery("get", "/api/v1/evaluations/reports/{report_id}", { params: { path: { report_id: id } } }, { refetchInterval: (query) => everyTwoSeconds(query.state.data?.state === "running") });
}

export function useReplays(id: number, verdict: Verdict) {
  const pages = api.useInfiniteQuery(
    "get",
    "/api/v1/evaluations/reports/{report_id}/items",
    { params: { path: { report_id: id }, query: { verdict, limit: 30 } } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (last: { next?: string | null }) => last.next ?? undefined },
  );
  return { ...pages, rows: pages.data?.pages.flatMap((page) => page.items) ?? [] };
}
