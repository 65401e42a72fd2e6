import { App, Button, Progress, Tag } from "antd";
import { useTranslation } from "react-i18next";
import { client } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useMay } from "@/api/session";
import { useFormats } from "@/components/format";
import { useErrorText } from "@/components/states";
import type { EvalRun } from "./data";

/** How far a run is; a failed one can go on with what is left. */
export function RunState({ run }: { run: EvalRun }) {
  const { t } = useTranslation("evaluation");
  const { number } = useFormats();
  const { message } = App.useApp();
  const text = useErrorText();
  const may = useMay("knowledge:publish");
  if (run.state === "done") return <Tag color="success">{t("runs.done", { n: number(run.cases) })}</Tag>;
  const resume = async () => {
    try {
      await client.POST("/api/v1/evaluations/runs/{run_id}/resume", { params: { path: { run_id: run.id } } });
      await invalidate("/api/v1/evaluations/runs");
    } catch (error) {
      message.error(text(error));
    }
  };
  if (run.state === "failed") {
    return (
      <span className="ev-inline" title={run.error}>
        <Tag color="error">{t("runs.failed", { done: number(run.computed), n: number(run.cases) })}</Tag>
        {may && (
          <Button size="small" onClick={() => void resume()}>
            {t("runs.resume")}
          </Button>
        )}
      </span>
    );
  }
  return (
    <span className="ev-inline" role="status">
      <Progress percent={Math.round((100 * run.computed) / Math.max(1, run.cases))} size={[120, 6]} showInfo={false} aria-label={t("runs.progress")} />
      <span className="tabular">
        {number(run.computed)} / {number(run.cases)}
      </span>
    </span>
  );
}
