import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "@/api/client";
import { ErrorState, PageLoading } from "@/components/states";
import { KindSection } from "./KindSection";
import "./models.css";

const KINDS = ["adapter", "fusion", "intent-classifier"];

/** Everything that was trained here: which version serves, how it did on held-out cases, and the way back. */
export function VersionsPage() {
  const { t } = useTranslation("models");
  const { token } = theme.useToken();
  const versions = api.useQuery("get", "/api/v1/models/versions");
  if (versions.error) return <ErrorState error={versions.error} onRetry={() => void versions.refetch()} />;
  if (!versions.data) return <PageLoading />;
  const kinds = [...new Set([...KINDS, ...versions.data.map((one: Schemas["ModelVersionOut"]) => one.kind)])];
  return (
    <div className="mv">
      <p style={{ color: token.colorTextSecondary }}>{t("hint")}</p>
      {kinds.map((kind) => (
        <KindSection key={kind} kind={kind} versions={versions.data.filter((one) => one.kind === kind)} />
      ))}
    </div>
  );
}
