import { Alert, theme } from "antd";
import { useTranslation } from "react-i18next";
import { useIntents } from "@/api/lookups";
import { useFormats } from "@/components/format";
import type { Grant } from "./data";
import { Panel } from "./Panel";

/** Grants by hand: what their answers are worth, as far as the audit has measured it; and those that the monitor withdrew. */
export function ByHand({ grants }: { grants: readonly Grant[] }) {
  const { t } = useTranslation("autonomy");
  const { token } = theme.useToken();
  const { number, percent, time } = useFormats();
  const { nameOf } = useIntents();
  const said = (one: Grant) =>
    one.wrong_at_most === null
      ? t("byHand.notMeasured", { count: one.answers, n: number(one.answers), audited: number(one.audited) })
      : t("byHand.measured", { count: one.answers, n: number(one.answers), audited: number(one.audited), wrong: number(one.wrong), most: percent(one.wrong_at_most, 1) });
  const running = grants.filter((one) => one.ended_at === null);
  return (
    <Panel title={t("byHand.title")} hint={t("byHand.hint")}>
      {grants.map(
        (one) =>
          one.ended_at !== null && (
            <Alert
              key={one.grant_id}
              type="warning"
              showIcon
              className="au-notice"
              title={t("byHand.withdrawn", { intent: nameOf(one.intent), at: time(one.ended_at), wrong: number(one.wrong), audited: number(one.audited) })}
            />
          ),
      )}
      {running.length === 0 ? (
        <p style={{ color: token.colorTextSecondary }}>{t("byHand.none")}</p>
      ) : (
        <ul className="au-list">
          {running.map((one) => (
            <li key={one.grant_id} style={{ borderColor: token.colorBorderSecondary }}>
              <strong>{nameOf(one.intent)}</strong>
              <span className="tabular">{said(one)}</span>
              {one.audited > 0 && <span style={{ color: token.colorTextSecondary }}>{t("intents.nearAlarm", { share: percent(one.alarm) })}</span>}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
