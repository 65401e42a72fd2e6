import { Alert, Tag, theme } from "antd";
import { Link, useParams } from "react-router";
import { api, Problem } from "@/api/client";
import { DataTable } from "@/components/DataTable";
import { useFormats } from "@/components/format";
import { EmptyState, ErrorState, PageLoading } from "@/components/states";
import { ChangedCases } from "./ChangedCases";
import { useRun, useWords } from "./data";
import "./evaluation.css";
import { metricKey } from "./metrics";

/** What a later run does better or worse than an earlier one, on the cases that both measured. */
export function ComparePage() {
  const { t, runName } = useWords();
  const { token } = theme.useToken();
  const { fixed, number, percent, signed } = useFormats();
  const params = useParams();
  const [before, after] = [Number(params.id), Number(params.other)];
  const runs = [useRun(before).data, useRun(after).data];
  const found = api.useQuery("get", "/api/v1/evaluations/runs/{run_id}/compare/{other_id}", { params: { path: { run_id: before, other_id: after } } });
  if (found.isPending) return <PageLoading />;
  if (found.error) {
    if ((found.error as unknown) instanceof Problem && (found.error as unknown as Problem).status === 422) return <EmptyState title={t("compare.nothing")} hint={t("compare.nothingHint")} />;
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  }
  const told = found.data;
  return (
    <div className="ev">
      <div className="ev-bar">
        <Link to="/quality/runs">{t("runs.all")}</Link>
        <h2 className="ev-title">
          <Link to={`/quality/runs/${before}`}>{runs[0] ? runName(runs[0]) : `#${before}`}</Link> → <Link to={`/quality/runs/${after}`}>{runs[1] ? runName(runs[1]) : `#${after}`}</Link>
        </h2>
      </div>
      <Alert
        type={told.passed ? "success" : "error"}
        showIcon
        title={t(told.passed ? "compare.passed" : "compare.failed")}
        description={t("compare.on", { cases: number(told.cases), left: number(told.left_out), level: percent(told.level, 2) })}
        style={{ marginBottom: 12 }}
      />
      <section className="ev-card" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }} aria-label={t("compare.title")}>
        <DataTable
          label={t("compare.title")}
          heads={[
            { label: t("figures.figure") },
            ...(["before", "after", "change"] as const).map((one) => ({ label: t(`compare.${one}`), figure: true })),
            { label: t("compare.interval") },
            { label: t("compare.verdict") },
          ]}
          rows={told.differences.map((one) => ({
            key: one.metric,
            cells: [
              t(`metric.${metricKey(one.metric)}` as "metric.right"),
              fixed(one.before),
              fixed(one.after),
              signed(one.difference, 3),
              `[${signed(one.low, 3)}, ${signed(one.high, 3)}]`,
              <Change key="verdict" better={one.better} worse={one.worse} />,
            ],
          }))}
        />
      </section>
      <ChangedCases before={before} after={after} counts={{ all: told.changed.length, better: told.better_cases.length, worse: told.worse_cases.length }} />
    </div>
  );
}

function Change({ better, worse }: { better: boolean; worse: boolean }) {
  const { t } = useWords();
  const { token } = theme.useToken();
  if (better) return <Tag color="success">{t("compare.better")}</Tag>;
  if (worse) return <Tag color="error">{t("compare.worse")}</Tag>;
  return <span style={{ color: token.colorTextSecondary }}>{t("compare.same")}</span>;
}
