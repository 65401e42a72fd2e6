import { App, Button, Segmented, Tag, theme } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { api, client } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useMay } from "@/api/session";
import { Ago } from "@/components/format";
import { EmptyState, ErrorState, useErrorText } from "@/components/states";
import type { Job } from "./jobs";
import { Section } from "./parts";
import { Table } from "./Table";

const STATES = ["dead", "queued", "running", "done"] as const;
type State = (typeof STATES)[number];
const COLOUR = { dead: "error", queued: "default", running: "processing", done: "success" } as const;

/** What the system does behind the screens; what it gave up stands first, with the reason. */
export function JobsSection() {
  const { t, i18n } = useTranslation(["settings", "common"]);
  const { token } = theme.useToken();
  const [search, setSearch] = useSearchParams();
  const asked = search.get("state") as State | null;
  const state: State = asked !== null && STATES.includes(asked) ? asked : "dead";
  const may = useMay("jobs:write");
  const { message, modal } = App.useApp();
  const text = useErrorText();
  const counts = api.useQuery("get", "/api/v1/jobs/counts", {}, { refetchInterval: 5000 });
  const jobs = api.useInfiniteQuery(
    "get",
    "/api/v1/jobs",
    { params: { query: { state, limit: 50 } } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (page) => page.next ?? undefined, refetchInterval: state === "done" ? false : 5000 },
  );
  const rows = (jobs.data?.pages ?? []).flatMap((page) => page.items);
  const attempt = async (run: () => Promise<string>) => {
    try {
      message.success(await run());
      await invalidate("/api/v1/jobs");
    } catch (error) {
      message.error(text(error));
    }
  };
  const retry = (job: Job) =>
    attempt(async () => {
      await client.POST("/api/v1/jobs/{job_id}/retry", { params: { path: { job_id: job.id } } });
      return t("settings:jobs.retried", { n: 1 });
    });
  const retryAll = () => {
    modal.confirm({
      title: t("settings:jobs.retryAllTitle", { n: counts.data?.dead ?? 0 }),
      content: t("settings:jobs.retryAllHint"),
      okText: t("settings:jobs.retryAll"),
      cancelText: t("common:actions.cancel"),
      onOk: () =>
        attempt(async () => {
          const { data } = await client.POST("/api/v1/jobs/retry", { body: {} });
          return t("settings:jobs.retried", { n: data?.retried ?? 0 });
        }),
    });
  };
  const nameOf = (job: Job) => {
    const key = `settings:jobs.name.${job.name.replace(".", "_")}`;
    return i18n.exists(key) ? <span title={job.name}>{t(key as "settings:jobs.name.channels_send")}</span> : <code>{job.name}</code>;
  };
  if (jobs.error) return <ErrorState error={jobs.error} onRetry={() => void jobs.refetch()} />;
  return (
    <Section
      title={t("settings:sections.jobs")}
      hint={t("settings:jobs.hint")}
      actions={
        may &&
        (counts.data?.dead ?? 0) > 0 && (
          <Button type="primary" onClick={retryAll}>
            {t("settings:jobs.retryAll")}
          </Button>
        )
      }
    >
      <Segmented<State>
        aria-label={t("settings:state")}
        value={state}
        onChange={(next) => setSearch({ state: next })}
        style={{ marginBottom: 12 }}
        options={STATES.map((value) => ({ value, label: `${t(`settings:jobs.state.${value}`)} ${counts.data?.[value] ?? ""}` }))}
      />
      <Table<Job>
        rowKey="id"
        loading={jobs.isPending}
        dataSource={rows}
        pagination={false}
        locale={{ emptyText: <EmptyState title={t(`settings:jobs.none.${state}`)} /> }}
        columns={[
          { title: "#", dataIndex: "id", render: (id: number) => <span className="tabular">{id}</span> },
          {
            title: t("settings:jobs.what"),
            key: "name",
            render: (_, job) => (
              <div style={{ maxWidth: 460, whiteSpace: "normal" }}>
                {nameOf(job)}{" "}
                {typeof job.args.ticket_id === "number" && <Link to={`/tickets/${job.args.ticket_id}`}>{t("settings:jobs.ticket", { n: job.args.ticket_id })}</Link>}
                {job.last_error !== null && <div style={{ fontSize: 12, color: state === "dead" ? token.colorError : token.colorTextSecondary, overflowWrap: "anywhere" }}>{job.last_error}</div>}
              </div>
            ),
          },
          { title: t("settings:state"), key: "state", render: (_, job) => <Tag color={COLOUR[job.state]}>{t(`settings:jobs.state.${job.state}`)}</Tag> },
          { title: t("settings:jobs.attempts"), key: "attempt", render: (_, job) => <span className="tabular">{`${job.attempt} / ${job.max_attempts}`}</span> },
          { title: t("settings:jobs.since"), key: "at", render: (_, job) => <Ago at={job.finished_at ?? job.run_at} /> },
          ...(may && state === "dead"
            ? [
                {
                  title: <span className="visually-hidden">{t("settings:jobs.retry")}</span>,
                  key: "retry",
                  render: (_: unknown, job: Job) => (
                    <Button type="link" aria-label={t("settings:jobs.retryNamed", { id: job.id })} onClick={() => void retry(job)}>
                      {t("settings:jobs.retry")}
                    </Button>
                  ),
                },
              ]
            : []),
        ]}
      />
      {jobs.hasNextPage && (
        <Button style={{ marginTop: 12 }} loading={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
          {t("common:actions.loadMore")}
        </Button>
      )}
    </Section>
  );
}
