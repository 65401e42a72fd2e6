import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { useSignedIn } from "@/api/session";
import { TabbedPage } from "@/components/TabbedPage";
import { EmptyState } from "@/components/states";
import { TABS } from "./tabs";

function useTabs() {
  const { permissions } = useSignedIn();
  return TABS.filter((tab) => permissions.includes(tab.needs));
}

/** Whether the answers are good, what made them so, and what may therefore go out by itself. */
export function QualityPage() {
  const { t } = useTranslation("quality");
  const tabs = useTabs();
  return <TabbedPage title={t("title")} places={tabs.map((tab) => ({ to: tab.to, label: t(`tabs.${tab.name}`) }))} />;
}

/** The first tab that one may see. */
export function FirstTab() {
  const { t } = useTranslation("quality");
  const [first] = useTabs();
  return first ? <Navigate to={first.to} replace /> : <EmptyState title={t("notForYou")} hint={t("notForYouHint")} />;
}
