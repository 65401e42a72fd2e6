import { Alert, App, Button, Tag } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api, client, idempotencyKey } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useMay } from "@/api/session";
import { useFormats } from "@/components/format";
import { ErrorState, PageLoading, useErrorText } from "@/components/states";
import { JobProgress, useNewestJob } from "./jobs";
import { Section } from "./parts";

/** What is running: every part that an answer goes through, with its version. */
export function ModelsSection() {
  const { t } = useTranslation(["settings", "common"]);
  const { number, time } = useFormats();
  const job = useNewestJob("knowledge.reindex");
  const busy = job?.state === "queued" || job?.state === "running";
  const models = api.useQuery("get", "/api/v1/models", {}, { refetchInterval: busy ? 3000 : false });
  const report = api.useQuery("get", "/api/v1/intents/report");
  const may = useMay("jobs:write");
  const { message, modal } = App.useApp();
  const text = useErrorText();
  if (models.error) return <ErrorState error={models.error} onRetry={() => void models.refetch()} />;
  if (!models.data) return <PageLoading />;
  const running = models.data;
  const rebuild = () => {
    modal.confirm({
      title: t("settings:models.rebuildTitle"),
      content: t("settings:models.rebuildHint"),
      okText: t("settings:models.rebuild"),
      cancelText: t("common:actions.cancel"),
      onOk: async () => {
        try {
          await client.POST("/api/v1/index/rebuild", { params: { header: { "Idempotency-Key": idempotencyKey() } } });
          message.success(t("settings:models.asked"));
          window.setTimeout(() => void invalidate("/api/v1/jobs"), 1500);
        } catch (error) {
          message.error(text(error));
        }
      },
    });
  };
  const fact = (name: string, value: ReactNode) => (
    <>
      <dt>{t(`settings:models.${name}` as "settings:models.encoder")}</dt>
      <dd>{value}</dd>
    </>
  );
  return (
    <Section
      title={t("settings:sections.models")}
      hint={t("settings:models.hint")}
      actions={
        may && (
          <Button onClick={rebuild} disabled={busy || running.index === null}>
            {t("settings:models.rebuild")}
          </Button>
        )
      }
    >
      <JobProgress job={job} />
      {running.stale && <Alert type="warning" showIcon title={t("settings:models.stale")} style={{ marginBottom: 16 }} />}
      {running.index_error !== null && <Alert type="error" showIcon title={t("settings:models.indexAway")} description={running.index_error} style={{ marginBottom: 16 }} />}
      <h3>{t("settings:models.search")}</h3>
      <dl className="st-facts">
        {fact("encoder", <code>{running.encoder}</code>)}
        {fact("dimension", number(running.dimension))}
        {running.index !== null &&
          fact(
            "index",
            <>
              {t("settings:models.passages", { n: number(running.index.count) })} · {running.index.backend} · {t("settings:models.generation", { n: running.index.generation })}
              {running.index.rebuilding && (
                <Tag color="processing" style={{ marginLeft: 8 }}>
                  {t("settings:models.rebuilding")}
                </Tag>
              )}
            </>,
          )}
        {running.index !== null && running.index.sparse_version !== "" && fact("sparse", <code>{running.index.sparse_version}</code>)}
        {fact("fusion", <code>{running.fusion}</code>)}
        {fact("reranker", running.reranker === null ? t("settings:models.noReranker") : <code>{running.reranker}</code>)}
        {fact("chunker", <code>{running.chunker}</code>)}
      </dl>
      <h3>{t("settings:models.answers")}</h3>
      <dl className="st-facts">
        {fact("drafts", running.llm_host === null ? t("settings:models.extractive") : t("settings:models.llm"))}
        {running.llm_host !== null && fact("llmModel", <code>{running.llm_model}</code>)}
        {running.llm_host !== null && fact("llmHost", <code>{running.llm_host}</code>)}
        {fact("verifier", <code>{running.verifier}</code>)}
        {fact("rules", <code>{running.rules}</code>)}
      </dl>
      <h3>{t("settings:models.classifier")}</h3>
      {report.data?.versions.length ? (
        <ul style={{ paddingLeft: 18 }}>
          {report.data.versions.map((version) => (
            <li key={version.version}>
              <code>{version.version}</code> · {time(version.created_at)} {version.active && <Tag color="success">{t("settings:models.active")}</Tag>}
            </li>
          ))}
        </ul>
      ) : (
        <p>{t("settings:intents.untrained")}</p>
      )}
    </Section>
  );
}
