/** What `data` of a finding holds, as docs/knowledge.md has it. */
import { api, type Schemas } from "@/api/client";

export type Finding = Schemas["FindingOut"];
export type Kind = Finding["kind"];
export const KINDS = ["gap", "contradiction", "stale", "unused"] as const satisfies readonly Kind[];
export const PLACES = [...KINDS, "tasks"] as const;
export type Place = (typeof PLACES)[number];
export const STATES = ["open", "taken", "dismissed"] as const;
export type State = (typeof STATES)[number];

export interface GapData {
  questions: { case_id: number; ticket_id: number | null; text: string; language: string; why: string; reason: string; at: string }[];
  replies: { case_id: number; ticket_id: number | null; text: string }[];
  draft: { title: string; language: string; sentences: { text: string; replies: number[]; disputed: boolean }[] } | null;
  why: Record<string, number>;
  languages: Record<string, number>;
}
export interface Side {
  title: string;
  text: string;
  version: number | null;
  value: string;
}
export interface ContradictionData {
  differs: "number" | "word" | "polarity";
  left: Side;
  right: Side;
  cases: number[];
}
export interface NeglectedData {
  reasons?: ("expired" | "old" | "corrected")[];
  corrections?: number;
  asked?: number;
  published_at: string | null;
  valid_to: string | null;
}

export const gapOf = (finding: Finding) => finding.data as unknown as GapData;
export const contradictionOf = (finding: Finding) => finding.data as unknown as ContradictionData;
export const neglectedOf = (finding: Finding) => finding.data as unknown as NeglectedData;

/** The dearest first, page by page. */
export function useFindings(kind: Kind, state: State) {
  const found = api.useInfiniteQuery(
    "get",
    "/api/v1/knowledge/findings",
    { params: { query: { kind, state, limit: 30 } } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (last: { next?: string | null }) => last.next ?? undefined },
  );
  return { ...found, rows: found.data?.pages.flatMap((page) => page.items) ?? [] };
}
