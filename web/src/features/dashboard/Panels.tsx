/** The smaller blocks: automation, satisfaction, what tickets are about, who holds what. */
import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { Ago, useFormats } from "@/components/format";
import { useNames } from "./names";
import { Bars, Nothing, Panel } from "./Panel";
import { inboxLink } from "./period";

export function AutomationPanel({ automation }: { automation: Schemas["AutomationOut"] }) {
  const { t } = useTranslation("dashboard");
  const names = useNames();
  const rows = automation.reasons.slice(0, 10).map((row) => ({
    key: `${row.outcome} ${row.reason}`,
    label: `${t(`outcome.${row.outcome}` as "outcome.suggest")}${row.outcome === "auto_send" ? "" : t("because", { reason: names.reason(row.reason) })}`,
    count: row.count,
  }));
  return (
    <Panel of="reasons">
      <Bars rows={rows} first={t("decision")} counted={t("messages")} />
    </Panel>
  );
}

export function PartsPanel({ of, parts, shop, filter }: { of: "intents" | "channels" | "languages"; parts: readonly Schemas["PartOut"][]; shop: number | undefined; filter: string }) {
  const { t } = useTranslation("dashboard");
  const names = useNames();
  const name = { intents: names.intent, channels: names.channel, languages: names.language }[of];
  const rows = parts.slice(0, 10).map((part) => ({
    key: part.value ?? "–",
    label: name(part.value),
    count: part.count,
    before: part.before,
    ...(part.value === null ? {} : { to: inboxLink(shop, { [filter]: part.value }) }),
  }));
  return (
    <Panel of={of}>
      <Bars rows={rows} first={of === "intents" ? t("by.intent") : t(`figure.${of}`)} counted={t("tickets")} compare />
    </Panel>
  );
}

export function SatisfactionPanel({ figures }: { figures: Schemas["SatisfactionFiguresOut"] }) {
  const { t } = useTranslation("dashboard");
  const { token } = theme.useToken();
  const { number, percent } = useFormats();
  const scores = [5, 4, 3, 2, 1].map((score) => ({ key: String(score), label: t("stars", { n: score }), count: figures.scores[String(score)] ?? 0 }));
  return (
    <Panel of="scores">
      {figures.n === 0 ? (
        <Nothing>{t("noRatings")}</Nothing>
      ) : (
        <>
          <p style={{ margin: "0 0 6px", color: token.colorTextSecondary }}>
            {t("mean", { mean: number(figures.mean ?? 0, 2), n: figures.n, share: percent(figures.rated.value ?? 0) })}
          </p>
          <Bars rows={scores} first={t("score")} counted={t("ratings")} />
          {figures.unhappy.length > 0 && (
            <ul className="db-words">
              {figures.unhappy.slice(0, 5).map((word) => (
                <li key={word.ticket_id}>
                  <Link to={`/tickets/${word.ticket_id}`}>#{word.ticket_id}</Link> {t("stars", { n: word.score ?? 0 })}
                  {word.at !== null && (
                    <span style={{ color: token.colorTextSecondary }}>
                      {" "}
                      · <Ago at={word.at} />
                    </span>
                  )}
                  {word.comment !== "" && <div>{word.comment}</div>}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Panel>
  );
}

const COLUMNS = ["open", "waiting", "replies", "resolved", "accepted", "edited", "rejected"] as const;

export function PeoplePanel({ people, shop }: { people: readonly Schemas["LoadOut"][]; shop: number | undefined }) {
  const { t } = useTranslation("dashboard");
  const { token } = theme.useToken();
  const { number } = useFormats();
  return (
    <Panel of="people" whole>
      {people.length === 0 ? (
        <Nothing>{t("nobodyWorked")}</Nothing>
      ) : (
        <div className="db-scroll" tabIndex={0} role="region" aria-label={t("figure.people")}>
          <table className="db-table db-people">
            <thead>
              <tr style={{ color: token.colorTextSecondary }}>
                <th scope="col">{t("person")}</th>
                {COLUMNS.map((column) => (
                  <th key={column} scope="col" className="db-number">
                    {t(`load.${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {people.map((row) => (
                <tr key={row.staff_id}>
                  <th scope="row">
                    <Link to={inboxLink(shop, { status: ["new", "open", "pending"], assignee: String(row.staff_id) })}>{row.name}</Link>
                    {!row.active && <span style={{ color: token.colorTextSecondary }}> · {t("inactive")}</span>}
                  </th>
                  {COLUMNS.map((column) => (
                    <td key={column} className="db-number tabular">
                      {number(row[column])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
