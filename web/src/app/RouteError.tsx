import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useRouteError } from "react-router";
import { ErrorState } from "@/components/states";

/** A screen that failed to load (a new version was installed) or to draw. */
export function RouteError() {
  const error = useRouteError();
  const { t } = useTranslation();
  return (
    <main>
      <ErrorState error={error} onRetry={() => location.reload()} />
      <p style={{ textAlign: "center" }}>
        <Button type="link" href="/console/">
          {t("notFound.inbox")}
        </Button>
      </p>
    </main>
  );
}
