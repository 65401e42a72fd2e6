import { Alert, Tag, theme } from "antd";
import { Link, useParams } from "react-router";
import { api, Problem } from "@/api/client";
import { useFormats } from "@/components/format";
import { EmptyState, ErrorState, PageLoading } from "@/components/states";
import { ChangedCases } from "./ChangedCases";
import { useFixed, useRun, useWords } from "./data";
import "./evaluation.css";
import { metricKey } from "./metrics";

/** What a later run does better or worse than an earlier one, on the cases that both measured. */
export function ComparePage() {
  const { t, runName } = useWords();
  const { token } = theme.useToken();
  const { number, percent, signed } = useFormats();
  const fixed = useFixed();
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
        <div className="ev-scroll" tabIndex={0} role="region" aria-label={t("compare.title")}>
          <table className="ev-table">
            <thead>
              <tr style={{ color: token.colorTextSecondary }}>
                <th scope="col">{t("figures.figure")}</th>
                {(["before", "after", "change"] as const).map((one) => (
                  <th key={one} scope="col" className="ev-number">
                    {t(`compare.${one}`)}
                  </th>
                ))}
                <th scope="col">{t("compare.interval")}</th>
                <th scope="col">{t("compare.verdict")}</th>
              </tr>
            </thead>
            <tbody>
              {told.differences.map((one) => (
                <tr key={one.metric} style={{ borderColor: token.colorBorderSecondary }}>
                  <th scope="row">{t(`metric.${metricKey(one.metric)}` as "metric.right")}</th>
                  <td className="ev-number tabular">{fixed(one.before)}</td>
                  <td className="ev-number tabular">{fixed(one.after)}</td>
                  <td className="ev-number tabular">{signed(one.difference, 3)}</td>
                  <td className="tabular">
                    [{signed(one.low, 3)}, {signed(one.high, 3)}]
                  </td>
                  <td>
                    {one.better && <Tag color="success">{t("compare.better")}</Tag>}
                    {one.worse && <Tag color="error">{t("compare.worse")}</Tag>}
                    {!one.better && !one.worse && <span style={{ color: token.colorTextSecondary }}>{t("compare.same")}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <ChangedCases before={before} after={after} counts={{ all: told.changed.length, better: told.better_cases.length, worse: told.worse_cases.length }} />
    </div>
  );
}
