import { DownloadOutlined } from "@ant-design/icons";
import { Alert, Button, theme } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useMay } from "@/api/session";
import { NativeSelect } from "@/components/NativeSelect";
import { useFormats } from "@/components/format";
import { ErrorState, PageLoading } from "@/components/states";
import { Curves } from "./Curves";
import { summaryOf, useRun, useRuns, useWords } from "./data";
import "./evaluation.css";
import { Figures, FigureText } from "./Figures";
import { HEADLINE, metricKey } from "./metrics";
import { RunState } from "./RunState";

/** One measurement: its figures with intervals, its curves, what it was measured with. */
export function RunPage() {
  const { t, runName } = useWords();
  const { token } = theme.useToken();
  const { time } = useFormats();
  const id = Number(useParams().id);
  const run = useRun(id);
  if (run.isPending) return <PageLoading />;
  if (run.error) return <ErrorState error={run.error} onRetry={() => void run.refetch()} />;
  const found = run.data;
  const all = summaryOf(found).groups?.all?.all;
  return (
    <div className="ev">
      <div className="ev-bar">
        <Link to="/quality/runs">{t("runs.all")}</Link>
        <h2 className="ev-title">{runName(found)}</h2>
        <RunState run={found} />
        <span style={{ color: token.colorTextSecondary }}>{time(found.created_at)}</span>
        <span className="ev-grow" />
        <Actions id={id} done={found.state === "done"} />
      </div>
      {found.state === "failed" && <Alert type="error" showIcon title={t("runs.failedHint")} description={found.error} style={{ marginBottom: 12 }} />}
      {found.state === "running" && <Alert type="info" showIcon title={t("runs.runningHint")} style={{ marginBottom: 12 }} />}
      {all && (
        <>
          <div className="ev-tiles">
            {HEADLINE.map((metric) => (
              <div key={metric} className="ev-tile" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }} title={t(`about.${metricKey(metric)}` as "about.right")}>
                <div style={{ color: token.colorTextSecondary }}>{t(`metric.${metricKey(metric)}` as "metric.right")}</div>
                <div className="ev-tile-value">
                  <FigureText metric={metric} figure={all.figures[metric]} />
                </div>
              </div>
            ))}
          </div>
          <Curves summary={summaryOf(found)} />
          <Figures summary={summaryOf(found)} />
        </>
      )}
      <Versions versions={found.versions} />
    </div>
  );
}

function Actions({ id, done }: { id: number; done: boolean }) {
  const { t, runName } = useWords();
  const navigate = useNavigate();
  const may = useMay("knowledge:publish");
  const others = useRuns().rows.filter((run) => run.id !== id && run.state === "done");
  if (!done) return null;
  const download = (form: "json" | "csv") => `/api/v1/evaluations/runs/${id}/download?form=${form}`;
  return (
    <>
      {others.length > 0 && (
        <NativeSelect
          label={t("runs.compareWith")}
          value=""
          onChange={(other) => other !== "" && void navigate(`/quality/runs/${Math.min(id, Number(other))}/compare/${Math.max(id, Number(other))}`)}
          choices={[{ value: "", label: t("runs.compareWith") }, ...others.map((run) => ({ value: String(run.id), label: `#${run.id} ${runName(run)}` }))]}
        />
      )}
      {may && (
        <>
          <Button icon={<DownloadOutlined />} href={download("csv")} download>
            CSV
          </Button>
          <Button icon={<DownloadOutlined />} href={download("json")} download>
            JSON
          </Button>
        </>
      )}
      <Button type="primary" onClick={() => void navigate(`/quality/review?run=${id}`)}>
        {t("runs.review")}
      </Button>
    </>
  );
}

function Versions({ versions }: { versions: Record<string, unknown> }) {
  const { t } = useTranslation("evaluation");
  const { token } = theme.useToken();
  const parts = Object.entries(versions);
  if (parts.length === 0) return null;
  return (
    <section className="ev-history" style={{ color: token.colorTextSecondary }}>
      <h3>{t("runs.with")}</h3>
      <p className="ev-small">{parts.map(([part, version]) => `${part} ${String(version)}`).join(" · ")}</p>
    </section>
  );
}
