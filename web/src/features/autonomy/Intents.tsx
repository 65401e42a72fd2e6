import { Button, Tag, theme } from "antd";
import { useTranslation } from "react-i18next";
import { useIntents } from "@/api/lookups";
import { useFormats } from "@/components/format";
import { EmptyState } from "@/components/states";
import { evidenceOf, type Intent, type State, useStateName } from "./data";
import { Panel } from "./Panel";
import { useIntentActions } from "./useIntentActions";

const COLOURS: Record<State, string | undefined> = { collecting: undefined, proposed: "processing", earned: "success", withdrawn: "error", forbidden: "warning" };

/** Each intent: how far it has come, what is proven, what the audit says. */
export function Intents({ shop, intents, may }: { shop: number; intents: readonly Intent[]; may: boolean }) {
  const { t } = useTranslation("autonomy");
  const { token } = theme.useToken();
  return (
    <Panel title={t("intents.title")}>
      {intents.length === 0 ? (
        <EmptyState title={t("intents.none")} hint={t("intents.noneHint")} />
      ) : (
        <div className="au-scroll" tabIndex={0} role="region" aria-label={t("intents.title")}>
          <table className="au-table">
            <thead>
              <tr style={{ color: token.colorTextSecondary }}>
                {(["intent", "state", "cases", "bound", "audited"] as const).map((one) => (
                  <th key={one} scope="col">
                    {t(`intents.${one}`)}
                  </th>
                ))}
                {may && (
                  <th scope="col">
                    <span className="visually-hidden">{t("intents.actions")}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {intents.map((one) => (
                <Row key={one.intent} shop={shop} intent={one} may={may} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Row({ shop, intent, may }: { shop: number; intent: Intent; may: boolean }) {
  const { t } = useTranslation("autonomy");
  const { token } = theme.useToken();
  const { number, percent } = useFormats();
  const { nameOf } = useIntents();
  const stateName = useStateName();
  const actions = useIntentActions(shop);
  const name = nameOf(intent.intent);
  const told = evidenceOf(intent);
  const soft = { color: token.colorTextSecondary, fontSize: 12 };
  const counting = intent.state === "collecting" || intent.state === "withdrawn";
  return (
    <tr style={{ borderColor: token.colorBorderSecondary }}>
      <th scope="row">{name}</th>
      <td>
        <Tag {...(COLOURS[intent.state] ? { color: COLOURS[intent.state] } : {})}>{stateName(intent.state)}</Tag>
      </td>
      <td className="tabular">
        {number(intent.cases)}
        {counting && intent.cases_missing > 0 && <div style={soft}>{t("intents.missing", { n: number(intent.cases_missing) })}</div>}
      </td>
      <td className="tabular">
        {told.lower === null || intent.looks === 0
          ? t("intents.notYet")
          : t("intents.boundOf", { n: number(told.n ?? 0), right: number(told.right ?? 0), lower: percent(told.lower, 1), look: number(intent.looks) })}
      </td>
      <td className="tabular">
        {told.audited === null ? t("intents.noAudit") : t("intents.auditedOf", { n: number(told.audited), wrong: number(told.wrong ?? 0) })}
        {intent.state === "earned" && told.alarm !== null && <div style={soft}>{t("intents.nearAlarm", { share: percent(told.alarm) })}</div>}
      </td>
      {may && (
        <td className="au-actions">
          {intent.state === "proposed" && (
            <Button size="small" type="primary" aria-label={t("intents.acceptNamed", { intent: name })} onClick={() => actions.accept(intent.intent, name)}>
              {t("intents.accept")}
            </Button>
          )}
          {intent.state === "forbidden" ? (
            <Button size="small" aria-label={t("intents.allowNamed", { intent: name })} onClick={() => void actions.allow(intent.intent)}>
              {t("intents.allow")}
            </Button>
          ) : (
            <Button size="small" danger aria-label={t("intents.forbidNamed", { intent: name })} onClick={() => actions.forbid(intent.intent, name)}>
              {t("intents.forbid")}
            </Button>
          )}
        </td>
      )}
    </tr>
  );
}
