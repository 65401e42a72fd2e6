import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "@/api/client";
import { useMay } from "@/api/session";
import { ErrorState, PageLoading } from "@/components/states";
import { KindSection, type Version } from "./KindSection";
import "./models.css";
import { Training } from "./Training";

const KINDS = ["adapter", "fusion", "intent-classifier"];

/** Everything that was trained here: which version serves, how it did on held-out cases, and the way back. */
export function VersionsPage() {
  const { t } = useTranslation("models");
  const { token } = theme.useToken();
  const may = useMay("jobs:write");
  const versions = api.useQuery("get", "/api/v1/models/versions");
  if (versions.error) return <ErrorState error={versions.error} onRetry={() => void versions.refetch()} />;
  if (!versions.data) return <PageLoading />;
  const kinds = [...new Set([...KINDS, ...versions.data.map((one: Schemas["ModelVersionOut"]) => one.kind)])];
  return (
    <div className="mv">
      <p style={{ color: token.colorTextSecondary }}>{t("hint")}</p>
      {kinds.map((kind) => {
        const own = versions.data.filter((one) => one.kind === kind);
        return (
          <KindSection key={kind} kind={kind} versions={own}>
            {kind === "adapter" && <RetrievalTraining versions={versions.data.filter((one) => one.kind === "fusion")} />}
            {kind === "intent-classifier" && may && <IntentTraining versions={own} />}
          </KindSection>
        );
      })}
    </div>
  );
}

/** A training gives an adapter and the fusion that was tuned with it; the pair is listed by its fusion. */
function RetrievalTraining({ versions }: { versions: readonly Version[] }) {
  const found = api.useQuery("get", "/api/v1/retrieval/training");
  const start = (key: string) => client.POST("/api/v1/retrieval/training", { params: { header: { "Idempotency-Key": key } } });
  return <Training what="retrieval" job="copilot.train_retrieval" found={found.data && { have: found.data.questions, needed: found.data.needed }} start={start} versions={versions} />;
}

function IntentTraining({ versions }: { versions: readonly Version[] }) {
  const { data } = api.useQuery("get", "/api/v1/intents/report");
  const start = (key: string) => client.POST("/api/v1/intents/training", { params: { header: { "Idempotency-Key": key } } });
  const found = data && { have: Object.values(data.labelled).reduce((sum, n) => sum + n, 0), needed: data.needed };
  return <Training what="intents" job="copilot.train_intents" found={found} start={start} versions={versions} />;
}
