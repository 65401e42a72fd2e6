import { Skeleton, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { useMay } from "@/api/session";
import { NativeSelect } from "@/components/NativeSelect";
import { EmptyState, ErrorState, PageLoading } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { summaryOf, useRuns, useWords, type EvalRun } from "./data";
import "./evaluation.css";
import { FigureText } from "./Figures";
import { metricKey } from "./metrics";
import "./review.css";
import { SideBySide } from "./SideBySide";
import { SourcePicker } from "./SourcePicker";
import { useReview } from "./useReview";
import { VerdictBar } from "./VerdictBar";

/** What the newest run (or the one in the address) did worst, one case after the other. */
export function ReviewPage() {
  const { t } = useTranslation("evaluation");
  const [search] = useSearchParams();
  const runs = useRuns();
  if (runs.isPending) return <PageLoading />;
  if (runs.error) return <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />;
  const done = runs.rows.filter((run) => run.state === "done");
  const asked = Number(search.get("run"));
  const run = done.find((one) => one.id === asked) ?? done[0];
  if (!run) {
    return (
      <EmptyState title={t("review.noRun")} hint={t("review.noRunHint")}>
        <Link to="/quality/runs">{t("review.toRuns")}</Link>
      </EmptyState>
    );
  }
  return <Queue key={run.id} run={run} runs={done} />;
}

function Queue({ run, runs }: { run: EvalRun; runs: readonly EvalRun[] }) {
  const { t } = useTranslation("evaluation");
  const { token } = theme.useToken();
  const may = useMay("knowledge:publish");
  const review = useReview(run.id);
  const { current, items } = review;
  const [picking, setPicking] = useState(false);
  const off = !may || current === null;
  useShortcuts(t("review.keys"), [
    { keys: "y", label: t("review.right"), run: () => void review.judge("right"), disabled: off },
    { keys: "n", label: t("review.wrong"), run: () => void review.judge("wrong"), disabled: off },
    { keys: "g", label: t("review.source"), run: () => setPicking(true), disabled: off },
    { keys: "x", label: t("review.retire"), run: () => void review.judge("retire"), disabled: off },
    { keys: "z", label: t("review.undo"), run: () => void review.undo(), disabled: review.given.length === 0 },
    { keys: "j", label: t("cases.next"), run: () => review.step(1) },
    { keys: "k", label: t("cases.previous"), run: () => review.step(-1) },
  ]);
  return (
    <div className="rv">
      <Head run={run} runs={runs} />
      {review.queue.isPending && <Skeleton active paragraph={{ rows: 8 }} style={{ padding: 16 }} />}
      {review.queue.error && <ErrorState error={review.queue.error} onRetry={() => void review.queue.refetch()} />}
      {review.queue.data && current === null && <EmptyState title={t("review.empty")} hint={t("review.emptyHint", { count: review.given.length })} />}
      {current !== null && (
        <div className="rv-columns">
          <ol className="rv-list" aria-label={t("review.list")} style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }}>
            {items.map((item) => (
              <li key={item.case_id}>
                <button
                  type="button"
                  aria-current={item === current ? "true" : undefined}
                  onClick={() => review.choose(item.case_id)}
                  style={{ background: item === current ? token.colorPrimaryBg : "transparent", color: token.colorText, borderColor: token.colorBorderSecondary }}
                >
                  <span className="ev-two-lines">{item.expected.question}</span>
                </button>
              </li>
            ))}
          </ol>
          <SideBySide item={current} />
        </div>
      )}
      <VerdictBar review={review} off={off} onSource={() => setPicking(true)} />
      {picking && current !== null && (
        <SourcePicker
          question={current.expected.question}
          shopId={current.expected.shop_id}
          onClose={() => setPicking(false)}
          onPick={(documentId) => {
            setPicking(false);
            void review.judge("source", documentId);
          }}
        />
      )}
    </div>
  );
}

/** Which run is looked at, and how it did; beside it the one before. */
function Head({ run, runs }: { run: EvalRun; runs: readonly EvalRun[] }) {
  const { t, runName } = useWords();
  const { token } = theme.useToken();
  const [, setSearch] = useSearchParams();
  const figures = summaryOf(run).groups?.all?.all?.figures ?? {};
  const before = runs.find((one) => one.id < run.id);
  return (
    <div className="rv-head" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }}>
      <NativeSelect label={t("review.run")} value={String(run.id)} onChange={(id) => setSearch({ run: id })} choices={runs.map((one) => ({ value: String(one.id), label: `#${one.id} ${runName(one)}` }))} />
      {(["ndcg@10", "right", "auto_precision"] as const).map((metric) => (
        <span key={metric} className="rv-figure">
          <span style={{ color: token.colorTextSecondary }}>{t(`metric.${metricKey(metric)}` as "metric.right")}</span> <FigureText metric={metric} figure={figures[metric]} />
        </span>
      ))}
      {before && <Link to={`/quality/runs/${before.id}/compare/${run.id}`}>{t("review.against", { name: runName(before) })}</Link>}
    </div>
  );
}
