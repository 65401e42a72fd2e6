import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useIntents } from "@/api/lookups";
import { Ago } from "@/components/format";
import { ErrorState, PageLoading } from "@/components/states";
import { useStateName } from "./data";
import { Panel } from "./Panel";

/** Each change of state, newest first: who or what made it. */
export function History({ shop }: { shop: number }) {
  const { t } = useTranslation("autonomy");
  const { token } = theme.useToken();
  const { nameOf } = useIntents();
  const stateName = useStateName();
  const changes = api.useQuery("get", "/api/v1/autonomy/{shop_id}/history", { params: { path: { shop_id: shop } } });
  const staff = api.useQuery("get", "/api/v1/staff");
  const by = (kind: string, id: number | null) => (kind === "staff" ? (staff.data?.find((one) => one.id === id)?.display_name ?? `#${id}`) : t("history.bySystem"));
  return (
    <Panel title={t("history.title")}>
      {changes.error ? (
        <ErrorState error={changes.error} onRetry={() => void changes.refetch()} />
      ) : !changes.data ? (
        <PageLoading />
      ) : changes.data.length === 0 ? (
        <p style={{ color: token.colorTextSecondary }}>{t("history.none")}</p>
      ) : (
        <ul className="au-list">
          {changes.data.map((one) => (
            <li key={one.id} style={{ borderColor: token.colorBorderSecondary }}>
              <span>{t("history.line", { intent: nameOf(one.intent), old: stateName(one.old), new: stateName(one.new) })}</span>
              <span style={{ color: token.colorTextSecondary }}>
                {by(one.actor_kind, one.actor_id)} · <Ago at={one.at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
