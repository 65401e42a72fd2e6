import { App, Button, Progress, Tag } from "antd";
import { useTranslation } from "react-i18next";
import { client } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useFormats } from "@/components/format";
import { useErrorText } from "@/components/states";
import type { Backtest } from "./data";

/** How far a backtest is; one that failed goes on with the tickets that are left. */
export function BacktestState({ of }: { of: Backtest }) {
  const { t } = useTranslation("backtest");
  const { number } = useFormats();
  const { message } = App.useApp();
  const text = useErrorText();
  const resume = async () => {
    try {
      await client.POST("/api/v1/evaluations/reports/{report_id}/resume", { params: { path: { report_id: of.id } } });
      await invalidate("/api/v1/evaluations/reports");
    } catch (error) {
      message.error(text(error));
    }
  };
  if (of.state === "done") return <Tag color="success">{t("state.done", { n: number(of.replayed) })}</Tag>;
  if (of.state === "failed") {
    return (
      <span className="ev-inline" title={of.error}>
        <Tag color="error">{t("state.failed", { n: number(of.replayed) })}</Tag>
        <Button size="small" onClick={() => void resume()}>
          {t("state.resume")}
        </Button>
      </span>
    );
  }
  const all = of.tickets ?? 0;
  return (
    <span className="ev-inline" role="status">
      <Progress percent={Math.round((100 * of.replayed) / Math.max(1, all))} size={[120, 6]} showInfo={false} aria-label={t("state.progress")} />
      <span className="tabular">{of.tickets === null ? t("state.waiting") : `${number(of.replayed)} / ${number(all)}`}</span>
    </span>
  );
}
