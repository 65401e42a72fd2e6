import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { EmptyState } from "@/components/states";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <EmptyState title={t("notFound.title")} hint={t("notFound.hint")}>
      <Link to="/inbox">
        <Button type="primary">{t("notFound.inbox")}</Button>
      </Link>
    </EmptyState>
  );
}
