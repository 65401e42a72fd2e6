import { Button, Segmented, Skeleton, Tag, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useIntents } from "@/api/lookups";
import { useFormats } from "@/components/format";
import { ErrorState } from "@/components/states";
import "./backtest.css";
import { type Replay, useReplays, VERDICTS, type Verdict } from "./data";

/** Ticket by ticket: what would have been said; the agent's own reply is one press away, in the ticket. */
export function Replays({ id }: { id: number }) {
  const { t } = useTranslation("backtest");
  const { token } = theme.useToken();
  const [verdict, setVerdict] = useState<Verdict>("wrong");
  const found = useReplays(id, verdict);
  return (
    <section className="ev-card" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }} aria-label={t("ticketByTicket")}>
      <header className="ev-head">
        <h2>{t("ticketByTicket")}</h2>
        <span className="ev-grow" />
        <div className="ev-scroll-x">
          <Segmented<Verdict> size="small" aria-label={t("ticketByTicket")} value={verdict} onChange={setVerdict} options={VERDICTS.map((value) => ({ value, label: t(`verdict.${value}`) }))} />
        </div>
      </header>
      {found.isPending && <Skeleton active title={false} paragraph={{ rows: 4 }} style={{ padding: 16 }} />}
      {found.error && <ErrorState error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && found.rows.length === 0 && (
        <p className="ev-pad" style={{ color: token.colorTextSecondary }}>
          {t("noneOfThese")}
        </p>
      )}
      {found.rows.length > 0 && (
        <ul className="bt-list">
          {found.rows.map((one) => (
            <li key={one.ordinal} style={{ borderColor: token.colorBorderSecondary }}>
              <Line ticket={one.ticket_id} said={one.data as Replay} />
            </li>
          ))}
        </ul>
      )}
      {found.hasNextPage && (
        <Button block type="text" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t("more")}
        </Button>
      )}
    </section>
  );
}

function Line({ ticket, said }: { ticket: number | null; said: Replay }) {
  const { t } = useTranslation("backtest");
  const { token } = theme.useToken();
  const { date, percent } = useFormats();
  const intents = useIntents();
  const facts = [said.at && date(said.at), said.intent ? intents.nameOf(said.intent) : t("noIntent"), said.confidence !== undefined && t("confidence", { share: percent(said.confidence) })];
  return (
    <>
      <div className="ev-inline" style={{ flexWrap: "wrap" }}>
        {ticket !== null && <Link to={`/tickets/${ticket}`}>{t("ticket", { id: ticket })}</Link>}
        <span className="ev-small" style={{ color: token.colorTextSecondary }}>
          {facts.filter(Boolean).join(" · ")}
        </span>
        {said.agreement?.numbers === "conflict" && <Tag color="error">{t("numbersConflict")}</Tag>}
        {said.needs_records && <Tag>{t("needsRecords")}</Tag>}
      </div>
      {said.draft && <p style={{ color: said.answered ? token.colorText : token.colorTextSecondary }}>{said.draft}</p>}
    </>
  );
}
