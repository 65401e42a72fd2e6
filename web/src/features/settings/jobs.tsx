/** A job that somebody asked for, followed until it is over. */
import { Alert, Progress } from "antd";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "@/api/client";

export type Job = Schemas["JobOut"];

/** The newest job of this name; asked again while it is under way, or while a newer one than `after` is expected. */
export function useNewestJob(name: string, after?: number): Job | undefined {
  const { data } = api.useQuery(
    "get",
    "/api/v1/jobs",
    { params: { query: { name, limit: 1 } } },
    {
      refetchInterval: (query) => {
        const newest = query.state.data?.items[0];
        return ["queued", "running"].includes(newest?.state ?? "") || (after !== undefined && (newest?.id ?? 0) <= after) ? 1500 : false;
      },
    },
  );
  return data?.items[0];
}

export function JobProgress({ job }: { job: Job | undefined }) {
  const { t } = useTranslation("settings");
  if (!job || job.state === "done") return null;
  if (job.state === "dead") return <Alert type="error" showIcon title={t("jobs.failed")} description={job.last_error} style={{ marginBottom: 16 }} />;
  const done = Number(job.progress?.done ?? 0);
  const total = Number(job.progress?.total ?? 0);
  const waits = job.last_error === null ? "" : ` · ${job.last_error}`;
  return (
    <div role="status" style={{ marginBottom: 16, maxWidth: 480 }}>
      {t(`jobs.state.${job.state}`)}
      {waits}
      <Progress percent={total > 0 ? Math.round((100 * done) / total) : 0} status="active" aria-label={t("jobs.progress")} />
    </div>
  );
}
