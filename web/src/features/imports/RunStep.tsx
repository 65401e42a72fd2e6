import { DownloadOutlined } from "@ant-design/icons";
import { Alert, Button, Progress, Result, theme } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { invalidate } from "@/api/queries";
import { ErrorState, PageLoading } from "@/components/states";
import type { Kind } from "./choices";
import { Counts } from "./Counts";
import { ErrorTable } from "./ErrorTable";

const PLACES: Partial<Record<Kind, string>> = { customers: "/customers", orders: "/orders", tickets: "/inbox", articles: "/knowledge/articles" };

/** How far the job is, then what came of it. */
export function RunStep({ uploadId, kind, onAnother }: { uploadId: number; kind: Kind; onAnother: () => void }) {
  const { t } = useTranslation("imports");
  const { token } = theme.useToken();
  const upload = api.useQuery(
    "get",
    "/api/v1/imports/uploads/{upload_id}",
    { params: { path: { upload_id: uploadId } } },
    { refetchInterval: (query) => (query.state.data?.state === "queued" || query.state.data?.state === "running" ? 700 : false), staleTime: 0 },
  );
  const over = upload.data?.state === "done" || upload.data?.state === "failed";
  useEffect(() => {
    if (over) for (const prefix of ["/api/v1/customers", "/api/v1/orders", "/api/v1/imports", "/api/v1/articles", "/api/v1/tickets"]) void invalidate(prefix);
  }, [over]);
  if (upload.isPending) return <PageLoading />;
  if (upload.error) return <ErrorState error={upload.error} onRetry={() => void upload.refetch()} />;
  const seen = upload.data;
  const another = <Button onClick={onAnother}>{t(seen.state === "failed" ? "run.again" : "run.another")}</Button>;
  if (seen.state === "failed") return <Result status="error" title={t("run.failed")} subTitle={seen.error} extra={another} />;
  if (seen.state !== "done" || seen.report === null) {
    const percent = seen.rows_total > 0 ? Math.round((100 * seen.rows_done) / seen.rows_total) : 0;
    return (
      <div role="status" style={{ padding: "24px 0", maxWidth: 560 }}>
        <div style={{ fontSize: 16 }}>{t(seen.state === "running" ? "run.running" : "run.queued")}</div>
        <Progress percent={percent} status="active" aria-label={t("run.running")} />
        <div className="tabular" style={{ color: token.colorTextSecondary }}>
          {t("run.progress", { done: seen.rows_done, total: seen.rows_total })}
        </div>
        <div style={{ color: token.colorTextTertiary }}>{t("run.leave")}</div>
      </div>
    );
  }
  const { report } = seen;
  const nothing = report.created + report.updated + report.failed + report.skipped === 0;
  return (
    <div className="c360" role="status">
      <Alert type={report.failed > 0 ? "warning" : "success"} showIcon title={`${t("run.done")} · ${seen.file_name}`} description={nothing ? t("run.nothingChanged") : undefined} />
      <Counts outcome={report} />
      {report.errors.length > 0 && (
        <section className="c360-section">
          <h2>{t("preview.errors")}</h2>
          <ErrorTable errors={report.errors} shownOf={report.failed} />
          {seen.has_errors_file && (
            <div className="c360-actions" style={{ marginTop: 8 }}>
              <Button icon={<DownloadOutlined />} href={`/api/v1/imports/${seen.run_id}/errors-file`} download>
                {t("run.errorsFile")}
              </Button>
              <span style={{ color: token.colorTextSecondary }}>{t("run.mend")}</span>
            </div>
          )}
        </section>
      )}
      <div className="c360-actions">
        {another}
        {PLACES[kind] !== undefined && <Link to={PLACES[kind]}>{t("run.view", { what: t(`kind.${kind}`) })}</Link>}
      </div>
    </div>
  );
}
