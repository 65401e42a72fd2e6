import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { EmptyState } from "@/components/states";
import { ImportWizard } from "../imports/ImportWizard";

/** Markdown, HTML, tables and zips of them, looked at before anything is written. */
export function ImportPage() {
  const { t } = useTranslation("knowledge");
  if (!useMay("knowledge:publish")) return <EmptyState title={t("import.forbidden")} hint={t("import.forbiddenHint")} />;
  return (
    <div className="kn-pane" style={{ maxWidth: 1100, margin: "0 auto" }}>
      <h2 className="kn-title">{t("import.title")}</h2>
      <p style={{ margin: "4px 0 14px" }}>{t("import.hint")}</p>
      <ImportWizard kind="articles" />
    </div>
  );
}
