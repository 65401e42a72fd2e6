import { App } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorDetail, useErrorText } from "@/components/states";
import { etag, type QueueItem } from "./data";

export type Verdict = "right" | "wrong" | "source" | "retire";

interface Given {
  item: QueueItem;
  verdict: Verdict;
  /** the case's version after the verdict: what an undo names */
  version: number;
}

const QUEUE = "/api/v1/evaluations/runs/{run_id}/queue";

/** The queue of a run and what this editor has said since the page was opened; each verdict is kept at once. */
export function useReview(runId: number) {
  const { t } = useTranslation("evaluation");
  const { message } = App.useApp();
  const errorText = useErrorText();
  const errorDetail = useErrorDetail();
  const queue = api.useQuery("get", QUEUE, { params: { path: { run_id: runId }, query: { limit: 50 } } });
  const [given, setGiven] = useState<readonly Given[]>([]);
  const [pending, setPending] = useState<ReadonlySet<number>>(new Set());
  const [at, setAt] = useState<number | null>(null);
  const sent = useRef(new Set<number>());
  const judged = new Set(given.map((one) => one.item.case_id));
  const items: QueueItem[] = (queue.data?.items ?? []).filter((item) => !judged.has(item.case_id) && !pending.has(item.case_id));
  const current = items.find((item) => item.case_id === at) ?? items[0] ?? null;
  const place = current === null ? -1 : items.indexOf(current);
  const step = (by: number) => {
    const next = items[Math.min(Math.max(place + by, 0), items.length - 1)];
    if (next) setAt(next.case_id);
  };
  const hold = (caseId: number, held: boolean) =>
    setPending((before) => {
      const next = new Set(before);
      if (held) next.add(caseId);
      else next.delete(caseId);
      return next;
    });
  const failed = (error: unknown) => {
    message.error([errorText(error), errorDetail(error)].filter(Boolean).join(" "));
    void invalidate(QUEUE);
  };
  const judge = async (verdict: Verdict, documentId?: string) => {
    if (current === null || sent.current.has(current.case_id)) return;
    const item = current;
    sent.current.add(item.case_id); // a key that repeats is one verdict
    hold(item.case_id, true); // the next one comes by itself, and is judged while this is being kept
    setAt((items[place + 1] ?? items[place - 1])?.case_id ?? null);
    try {
      const { data } = await client.POST("/api/v1/evaluations/runs/{run_id}/queue/{case_id}/verdict", {
        params: { path: { run_id: runId, case_id: item.case_id }, header: etag(item.version) },
        body: { verdict, document_id: documentId ?? null },
      });
      setGiven((before) => [...before, { item, verdict, version: data?.version ?? item.version + 1 }]);
      void invalidate("/api/v1/evaluations/cases");
      if (items.length <= 5) await invalidate(QUEUE);
    } catch (error) {
      sent.current.delete(item.case_id);
      failed(error);
    } finally {
      hold(item.case_id, false);
    }
  };
  const undo = async () => {
    const last = given.at(-1);
    if (!last) return;
    try {
      await client.DELETE("/api/v1/evaluations/runs/{run_id}/queue/{case_id}/verdict", {
        params: { path: { run_id: runId, case_id: last.item.case_id }, header: etag(last.version) },
      });
      sent.current.delete(last.item.case_id);
      await invalidate("/api/v1/evaluations");
      setGiven((before) => before.filter((one) => one !== last));
      setAt(last.item.case_id);
      message.success(t("review.undone"));
    } catch (error) {
      failed(error);
    }
  };
  return { queue, items, current, place, given, step, choose: setAt, judge, undo, waiting: pending.size > 0 };
}
