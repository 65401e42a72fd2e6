import { Alert, App, Button, Tag } from "antd";
import { useTranslation } from "react-i18next";
import { api, client, idempotencyKey, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useMay } from "@/api/session";
import { useFormats } from "@/components/format";
import { ErrorState, useErrorText } from "@/components/states";
import { useIntents } from "./intents";
import { JobProgress, useNewestJob } from "./jobs";
import { Section } from "./parts";
import { Table } from "./Table";

type Intent = Schemas["IntentOut"];

/** What a ticket may be about, how many are, and how well the classifier tells them apart. */
export function IntentsSection() {
  const { t } = useTranslation(["settings", "common"]);
  const { number, percent, time } = useFormats();
  const intents = useIntents();
  const report = api.useQuery("get", "/api/v1/intents/report");
  const may = useMay("jobs:write");
  const job = useNewestJob("copilot.train_intents");
  const { message, modal } = App.useApp();
  const text = useErrorText();
  if (report.error) return <ErrorState error={report.error} onRetry={() => void report.refetch()} />;
  const labelled = Object.values(report.data?.labelled ?? {}).reduce((sum, n) => sum + n, 0);
  const needed = report.data?.needed ?? 0;
  const busy = job?.state === "queued" || job?.state === "running";
  const other = intents.language === "en" ? "zh" : "en";
  const active = report.data?.active ?? null;
  const metric = (name: string) => (typeof active?.metrics[name] === "number" ? (active.metrics[name] as number) : null);
  const train = () => {
    modal.confirm({
      title: t("settings:intents.trainTitle", { n: labelled }),
      content: t("settings:intents.trainHint"),
      okText: t("settings:intents.train"),
      cancelText: t("common:actions.cancel"),
      onOk: async () => {
        try {
          await client.POST("/api/v1/intents/training", { params: { header: { "Idempotency-Key": idempotencyKey() } } });
          message.success(t("settings:intents.asked"));
          window.setTimeout(() => void invalidate("/api/v1/jobs"), 1500);
        } catch (error) {
          message.error(text(error));
        }
      },
    });
  };
  return (
    <Section
      title={t("settings:sections.intents")}
      hint={t("settings:intents.hint")}
      actions={
        may && (
          <Button type="primary" onClick={train} disabled={busy || labelled < needed}>
            {t("settings:intents.train")}
          </Button>
        )
      }
    >
      <JobProgress job={job} />
      {report.data && (
        <dl className="st-facts">
          <dt>{t("settings:intents.version")}</dt>
          <dd>{active === null ? t("settings:intents.untrained") : <code>{active.version}</code>}</dd>
          {active !== null && (
            <>
              <dt>{t("settings:intents.trained")}</dt>
              <dd>{time(active.created_at)}</dd>
              <dt>{t("settings:intents.quality")}</dt>
              <dd>
                {t("settings:intents.metrics", {
                  accuracy: metric("accuracy") === null ? "–" : percent(metric("accuracy") ?? 0, 1),
                  ece: metric("ece") === null ? "–" : number(metric("ece") ?? 0, 3),
                  rows: number(metric("tickets") ?? metric("rows") ?? 0),
                })}
              </dd>
            </>
          )}
          <dt>{t("settings:intents.labelled")}</dt>
          <dd>{t("settings:intents.labelledOf", { n: number(labelled), needed })}</dd>
        </dl>
      )}
      {report.data && labelled < needed && <Alert type="info" showIcon title={t("settings:intents.few", { n: labelled, needed })} style={{ marginBottom: 16 }} />}
      <Table<Intent>
        rowKey="id"
        dataSource={intents.all}
        pagination={false}
        columns={[
          {
            title: t("settings:intents.name"),
            key: "name",
            render: (_, row) => (
              <div style={{ maxWidth: 420, whiteSpace: "normal" }}>
                {row.names[intents.language]} <span style={{ opacity: 0.8 }}>{row.names[other]}</span>
                {row.risk && (
                  <Tag color="warning" style={{ marginLeft: 6 }}>
                    {t("settings:intents.risk")}
                  </Tag>
                )}
                <div style={{ fontSize: 12, opacity: 0.85 }}>{row.descriptions[intents.language]}</div>
              </div>
            ),
          },
          { title: "id", dataIndex: "id", render: (id: string) => <code>{id}</code> },
          { title: t("settings:intents.priority"), key: "priority", render: (_, row) => t(`common:priority.${row.priority as "normal"}`) },
          {
            title: t("settings:intents.tickets"),
            key: "tickets",
            align: "right",
            sorter: (a, b) => (report.data?.tickets[a.id] ?? 0) - (report.data?.tickets[b.id] ?? 0),
            render: (_, row) => number(report.data?.tickets[row.id] ?? 0),
          },
          { title: t("settings:intents.learned"), key: "labelled", align: "right", render: (_, row) => number(report.data?.labelled[row.id] ?? 0) },
        ]}
      />
    </Section>
  );
}
