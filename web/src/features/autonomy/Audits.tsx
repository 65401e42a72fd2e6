import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { Ago } from "@/components/format";
import { ErrorState, PageLoading } from "@/components/states";
import { Panel } from "./Panel";

/** Answers that would have been sent and wait for a verdict, in all shops that one sees; judged on their ticket. */
export function Audits() {
  const { t } = useTranslation("autonomy");
  const { token } = theme.useToken();
  const waiting = api.useQuery("get", "/api/v1/autonomy/audits");
  return (
    <Panel title={t("audits.title")}>
      {waiting.error ? (
        <ErrorState error={waiting.error} onRetry={() => void waiting.refetch()} />
      ) : !waiting.data ? (
        <PageLoading />
      ) : waiting.data.length === 0 ? (
        <p style={{ color: token.colorTextSecondary }}>{t("audits.none")}</p>
      ) : (
        <ul className="au-list">
          {waiting.data.map((one) => (
            <li key={one.id} style={{ borderColor: token.colorBorderSecondary }}>
              <Link to={`/tickets/${one.ticket_id}`}>{t("audits.open", { id: one.ticket_id })}</Link>
              <span style={{ color: token.colorTextSecondary }}>
                <Ago at={one.created_at} />
              </span>
              <div className="au-text">{one.text}</div>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
