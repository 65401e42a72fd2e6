/** Which figures a run is told by, in which order and form. */
export const GROUPS = [
  { name: "retrieval", metrics: ["ndcg@10", "recall@10", "mrr@10"] },
  { name: "classification", metrics: ["accuracy", "macro_f1", "mcc", "ece"] },
  { name: "drafting", metrics: ["sentence_support", "citation_precision", "citation_recall", "number_errors", "abstention_right", "answered"] },
  { name: "decision", metrics: ["right", "auto_precision", "auto_coverage", "aurc", "handed_over"] },
  { name: "cost", metrics: ["latency_ms", "llm_call"] },
] as const;
export const HEADLINE = ["ndcg@10", "right", "sentence_support", "accuracy", "auto_precision", "aurc"] as const;
export const SLICES = ["all", "language", "intent", "source", "kind"] as const;
export type SliceName = (typeof SLICES)[number];

/** Of these less is better. */
export const LOWER = new Set(["ece", "number_errors", "aurc", "latency_ms", "llm_call"]);

export const metricKey = (metric: string) => metric.replace("@10", "10");
