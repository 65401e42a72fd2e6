import { PlayCircleOutlined } from "@ant-design/icons";
import { Button, Checkbox, Skeleton, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/session";
import { Ago } from "@/components/format";
import { EmptyState, ErrorState } from "@/components/states";
import { summaryOf, useRuns, useWords, type EvalRun } from "./data";
import "./evaluation.css";
import { FigureText } from "./Figures";
import { HEADLINE, metricKey } from "./metrics";
import { RunState } from "./RunState";
import { StartRun } from "./StartRun";

/** Measurements of everything on the cases, newest first; two of them can be held against each other. */
export function RunsPage() {
  const { t } = useTranslation("evaluation");
  const { token } = theme.useToken();
  const navigate = useNavigate();
  const may = useMay("knowledge:publish");
  const runs = useRuns();
  const [starting, setStarting] = useState(false);
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const pair = [...chosen].sort((a, b) => a - b);
  return (
    <div className="ev">
      <div className="ev-bar">
        <span style={{ color: token.colorTextSecondary }}>{t("runs.hint")}</span>
        <span className="ev-grow" />
        <Button disabled={pair.length !== 2} onClick={() => void navigate(`/quality/runs/${pair[0]}/compare/${pair[1]}`)} title={t("runs.compareHint")}>
          {t("runs.compare")}
        </Button>
        {may && (
          <Button type="primary" icon={<PlayCircleOutlined />} onClick={() => setStarting(true)}>
            {t("runs.start")}
          </Button>
        )}
      </div>
      <section className="ev-card" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }} aria-label={t("runs.title")}>
        {runs.isPending && <Skeleton active title={false} paragraph={{ rows: 8 }} style={{ padding: 16 }} />}
        {runs.error && <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />}
        {runs.data && runs.rows.length === 0 && <EmptyState title={t("runs.none")} hint={t("runs.noneHint")} />}
        {runs.rows.length > 0 && (
          <RunTable rows={runs.rows} chosen={chosen} onChoose={(id) => setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen.slice(-1), id])} />
        )}
        {runs.hasNextPage && (
          <Button block type="text" loading={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
            {t("more")}
          </Button>
        )}
      </section>
      <StartRun open={starting} onClose={() => setStarting(false)} />
    </div>
  );
}

function RunTable({ rows, chosen, onChoose }: { rows: readonly EvalRun[]; chosen: readonly number[]; onChoose: (id: number) => void }) {
  const { t, runName } = useWords();
  const { token } = theme.useToken();
  return (
    <div className="ev-scroll" tabIndex={0} role="region" aria-label={t("runs.title")}>
      <table className="ev-table">
        <thead>
          <tr style={{ color: token.colorTextSecondary }}>
            <th scope="col">
              <span className="visually-hidden">{t("runs.choose")}</span>
            </th>
            <th scope="col">{t("runs.name")}</th>
            <th scope="col">{t("runs.state")}</th>
            {HEADLINE.map((metric) => (
              <th key={metric} scope="col" className="ev-number">
                {t(`metric.${metricKey(metric)}` as "metric.right")}
              </th>
            ))}
            <th scope="col">{t("runs.when")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((run) => {
            const all = summaryOf(run).groups?.all?.all;
            return (
              <tr key={run.id} style={{ borderColor: token.colorBorderSecondary }}>
                <td>
                  <Checkbox aria-label={t("runs.chooseNamed", { name: runName(run) })} checked={chosen.includes(run.id)} disabled={run.state !== "done"} onChange={() => onChoose(run.id)} />
                </td>
                <th scope="row">
                  <Link to={`/quality/runs/${run.id}`}>{runName(run)}</Link>
                </th>
                <td>
                  <RunState run={run} />
                </td>
                {HEADLINE.map((metric) => (
                  <td key={metric} className="ev-number">
                    <FigureText metric={metric} figure={all?.figures[metric]} brief />
                  </td>
                ))}
                <td>
                  <Ago at={run.created_at} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
