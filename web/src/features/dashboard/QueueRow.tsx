import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { Ago, useFormats } from "@/components/format";
import { Tile, useDuration } from "./figures";
import { Nothing, Panel } from "./Panel";
import { inboxLink } from "./period";

type Queue = Schemas["QueueOut"];
const STATUSES = ["new", "open", "pending"] as const;

/** What is open at this moment. */
export function QueueTiles({ queue, shop }: { queue: Queue; shop: number | undefined }) {
  const { t } = useTranslation(["dashboard", "common"]);
  const { number } = useFormats();
  const duration = useDuration();
  const mine: Record<string, string> = queue.own ? { assignee: "me" } : {};
  const oldest = queue.oldest[0];
  return (
    <>
      <Tile of="open" value={number(queue.total)} to={inboxLink(shop, { status: STATUSES, ...mine })}>
        {STATUSES.map((status, index) => (
          <span key={status}>
            {index > 0 && " · "}
            <Link to={inboxLink(shop, { status, ...mine })}>
              {t(`common:status.${status}`)} {number(queue.by_status[status] ?? 0)}
            </Link>
          </span>
        ))}
      </Tile>
      {!queue.own && (
        <Tile of="unassigned" value={number(queue.unassigned)} to={inboxLink(shop, { status: STATUSES, assignee: "nobody" })}>
          {(["urgent", "high"] as const).map((priority, index) => (
            <span key={priority}>
              {index > 0 && " · "}
              <Link to={inboxLink(shop, { status: STATUSES, priority })}>
                {t(`common:priority.${priority}`)} {number(queue.by_priority[priority] ?? 0)}
              </Link>
            </span>
          ))}
        </Tile>
      )}
      <Tile of="waiting" value={number(queue.waiting)} to={inboxLink(shop, { waiting: "true", sort: "waiting", ...mine })}>
        {oldest ? (
          <>
            {t("dashboard:longest", { time: duration(oldest.seconds) })}
            {(queue.waited["over_24h"] ?? 0) > 0 && <> · {t("dashboard:overADay", { n: number(queue.waited["over_24h"] ?? 0) })}</>}
          </>
        ) : (
          t("dashboard:nobodyWaits")
        )}
      </Tile>
    </>
  );
}

/** Who has waited longest for a reply; a press opens the ticket. */
export function Oldest({ queue }: { queue: Queue }) {
  const { t } = useTranslation(["dashboard", "common"]);
  const { token } = theme.useToken();
  return (
    <Panel of="oldest">
      {queue.oldest.length === 0 ? (
        <Nothing>{t("dashboard:nobodyWaits")}</Nothing>
      ) : (
        <table className="db-table">
          <thead>
            <tr style={{ color: token.colorTextSecondary }}>
              <th scope="col">{t("dashboard:ticket")}</th>
              <th scope="col">{t("dashboard:customer")}</th>
              <th scope="col" className="db-number">
                {t("dashboard:since")}
              </th>
            </tr>
          </thead>
          <tbody>
            {queue.oldest.map((row) => (
              <tr key={row.ticket_id}>
                <th scope="row" title={row.subject}>
                  <Link to={`/tickets/${row.ticket_id}`}>
                    #{row.ticket_id} {row.subject}
                  </Link>
                  {(row.priority === "urgent" || row.priority === "high") && (
                    <span style={{ color: token.colorError, marginLeft: 6 }}>{t(`common:priority.${row.priority}`)}</span>
                  )}
                </th>
                <td className="db-clip" title={row.customer_name}>
                  {row.customer_name}
                </td>
                <td className="db-number">
                  <Ago at={row.since} bare />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
