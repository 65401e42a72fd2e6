import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useMay } from "@/api/session";
import { TabbedPage } from "@/components/TabbedPage";
import "./knowledge.css";

/** Articles, cases and feedback under one head; the numbers are what waits for an editor. */
export function KnowledgePage() {
  const { t } = useTranslation("knowledge");
  const counts = api.useQuery("get", "/api/v1/cases/counts");
  const mayPublish = useMay("knowledge:publish");
  const found = api.useQuery("get", "/api/v1/knowledge/findings/counts", {}, { enabled: mayPublish });
  return (
    <TabbedPage
      title={t("title")}
      places={[
        { to: "articles", label: t("tabs.articles") },
        { to: "cases", label: t("tabs.cases"), count: counts.data?.proposed ?? 0 },
        { to: "feedback", label: t("tabs.feedback") },
        ...(mayPublish
          ? [
              { to: "gaps", label: t("tabs.gaps"), count: (found.data?.gap ?? 0) + (found.data?.contradiction ?? 0) },
              { to: "import", label: t("tabs.import") },
            ]
          : []),
      ]}
    />
  );
}
