/** Evaluation cases and runs as the server has them, and the words for their values. */
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "@/api/client";
import { useIntents } from "@/api/lookups";
import type { SliceName } from "./metrics";

export type EvalCase = Schemas["EvalCaseOut"];
export type EvalRun = Schemas["EvalRunOut"];
export type QueueItem = Schemas["QueueItemOut"];
export type Kind = Schemas["Kind"];
export const KINDS = ["accepted", "edited", "rejected", "corrected", "thumbs_down", "handed_over", "auto_sent", "written", "imported"] as const;
export const STATUSES = ["review", "active", "retired"] as const;
export const EXPECTED = ["answer", "hand_over", "unknown"] as const;
export const SOURCES = ["article", "case", "none"] as const;

export interface Figure {
  value: number;
  ci: [number, number] | null;
}
export interface Slice {
  cases: number;
  questions: number;
  figures: Record<string, Figure>;
}
export interface Bin {
  low: number;
  high: number;
  confidence: number;
  right: number;
  questions: number;
}
export interface Summary {
  level?: number;
  cases?: number;
  groups?: Record<string, Record<string, Slice>>;
  risk_coverage?: [number, number, number][];
  reliability?: Record<string, Bin[]>;
}
export interface Said {
  text?: string;
  kind?: string;
  sentences?: { text: string; verdict: string; reasons: string[] }[];
  cited?: string[];
  outcome?: string;
  intent?: string | null;
}

export const summaryOf = (run: EvalRun) => run.summary as Summary;
export const etag = (version: number) => ({ "If-Match": `"${version}"` });

export function useRuns() {
  const pages = api.useInfiniteQuery(
    "get",
    "/api/v1/evaluations/runs",
    { params: { query: { limit: 30 } } },
    {
      pageParamName: "cursor",
      initialPageParam: null,
      getNextPageParam: (last: { next?: string | null }) => last.next ?? undefined,
      // a run under way tells how far it is
      refetchInterval: (query) => ((query.state.data as { pages: { items: EvalRun[] }[] } | undefined)?.pages.some((page) => page.items.some((run) => run.state === "running")) ? 2000 : false),
    },
  );
  const rows: EvalRun[] = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return { ...pages, rows };
}

export function useRun(id: number) {
  return api.useQuery(
    "get",
    "/api/v1/evaluations/runs/{run_id}",
    { params: { path: { run_id: id } } },
    { refetchInterval: (query) => (query.state.data?.state === "running" ? 2000 : false) },
  );
}

/** A value in the reader's words; one that has none stands for itself. */
export function useWords() {
  const { t, i18n } = useTranslation("evaluation");
  const word = (group: string, value: string) => (i18n.exists(`evaluation:${group}.${value}`) ? t(`${group}.${value}` as "kind.accepted") : value);
  return { t, word, runName: (run: Pick<EvalRun, "id" | "name">) => (run.name === "" ? t("runs.unnamed", { id: run.id }) : run.name) };
}

/** A slice in the reader's words: an intent by its name, a language, what an origin or a source is called. */
export function useSliceName() {
  const { t, word } = useWords();
  const common = useTranslation().t;
  const intents = useIntents();
  return (by: SliceName, value: string) => {
    if (value === "all") return t("figures.all");
    if (by === "intent") return value === "none" ? t("figures.noIntent") : intents.nameOf(value);
    if (by === "language") return value === "zh" || value === "en" ? common(`languages.${value}`) : value;
    return word(by === "kind" ? "kind" : "source", value);
  };
}
