import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useMay } from "@/api/session";
import { TabbedPage } from "@/components/TabbedPage";
import "./knowledge.css";

/** Articles, cases and feedback under one head; the numbers are what waits for an editor. */
export function KnowledgePage() {
  const { t } = useTranslation("knowledge");
  const counts = api.useQuery("get", "/api/v1/cases/counts");
  const mayImport = useMay("knowledge:publish");
  return (
    <TabbedPage
      title={t("title")}
      places={[
        { to: "articles", label: t("tabs.articles") },
        { to: "cases", label: t("tabs.cases"), count: counts.data?.proposed ?? 0 },
        { to: "feedback", label: t("tabs.feedback") },
        ...(mayImport ? [{ to: "import", label: t("tabs.import") }] : []),
      ]}
    />
  );
}
