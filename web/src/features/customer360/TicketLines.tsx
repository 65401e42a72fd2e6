import { Tag, theme } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { Ago } from "@/components/format";

/** A customer's tickets, newest first; the one that is open is marked and not linked. */
export function TicketLines({ tickets, current }: { tickets: readonly Schemas["TicketBriefOut"][]; current?: number }) {
  const { t } = useTranslation(["customers", "common"]);
  const { token } = theme.useToken();
  if (tickets.length === 0) return <span style={{ color: token.colorTextTertiary }}>{t("detail.noTickets")}</span>;
  return (
    <ul className="c360-plain">
      {tickets.map((ticket) => {
        const over = ticket.status === "resolved" || ticket.status === "closed";
        const subject = ticket.subject || `#${ticket.id}`;
        return (
          <li key={ticket.id} className="c360-ticket">
            <span className="tabular" style={{ color: token.colorTextTertiary }}>
              #{ticket.id}
            </span>
            <span className="c360-ellipsis" title={subject}>
              {ticket.id === current ? subject : <Link to={`/tickets/${ticket.id}`}>{subject}</Link>}
            </span>
            {ticket.satisfaction !== null && <span title={t("panel.satisfaction", { score: ticket.satisfaction, n: 1 })}>★{ticket.satisfaction}</span>}
            {ticket.id === current ? (
              <Tag style={{ margin: 0 }}>{t("panel.thisTicket")}</Tag>
            ) : (
              <Tag color={over ? "default" : "processing"} style={{ margin: 0 }}>
                {t(`common:status.${ticket.status}`)}
              </Tag>
            )}
            <span style={{ color: token.colorTextTertiary, whiteSpace: "nowrap" }}>
              <Ago at={ticket.updated_at} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}
