import { RobotOutlined, TeamOutlined } from "@ant-design/icons";
import { Button, theme } from "antd";
import { useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useSignedIn } from "@/api/session";
import type { Ticket, TicketChange } from "./data";
import { usePresence } from "./presence";
import { useBotMayAnswer } from "./useCurrentDraft";

/** When somebody last typed into this ticket's composer; shared, because the composer stands elsewhere. */
const typing = { at: 0, listeners: new Set<() => void>() };
const STILL_MS = 6000;

export function typed(): void {
  typing.at = Date.now();
  for (const listener of typing.listeners) listener();
  window.setTimeout(() => {
    for (const listener of typing.listeners) listener();
  }, STILL_MS + 100);
}

const useTyping = () =>
  useSyncExternalStore(
    (listener) => {
      typing.listeners.add(listener);
      return () => typing.listeners.delete(listener);
    },
    () => Date.now() - typing.at < STILL_MS,
  );

interface Props {
  ticket: Ticket;
  drafting: boolean;
  onTakeOver: (change: TicketChange) => Promise<void>;
}

/** Who else is at this ticket, and whether the bot may answer before you do. */
export function Notices({ ticket, drafting, onTakeOver }: Props) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const me = useSignedIn();
  const here = usePresence(ticket.id, useTyping());
  const bot = useBotMayAnswer(ticket, drafting);
  const [taking, setTaking] = useState(false);
  const staff = here.filter((one) => one.kind === "staff");
  const writing = staff.filter((one) => one.state === "typing");
  const customer = here.some((one) => one.kind === "customer" && one.state === "typing");
  const names = (rows: typeof staff) => rows.map((one) => one.name).join(t("list.and"));
  const takeOver = () => {
    setTaking(true);
    void onTakeOver({ assignee_id: me.id }).finally(() => setTaking(false));
  };
  return (
    <div className="ticket-notices" aria-live="polite">
      {customer && <div style={{ color: token.colorTextSecondary }}>{t("presence.customerTyping", { name: ticket.customer_name })}</div>}
      {bot && (
        <div style={{ background: token.colorPrimaryBg }}>
          <RobotOutlined /> {t("bot.answering")}{" "}
          <Button size="small" loading={taking} onClick={takeOver}>
            {t("bot.takeOver")}
          </Button>
        </div>
      )}
      {writing.length > 0 ? (
        <div role="alert" style={{ background: token.colorWarningBg, color: token.colorWarningText }}>
          <TeamOutlined /> {t("presence.typing", { names: names(writing) })}
        </div>
      ) : (
        staff.length > 0 && (
          <div style={{ color: token.colorTextSecondary }}>
            <TeamOutlined /> {t("presence.viewing", { names: names(staff) })}
          </div>
        )
      )}
    </div>
  );
}
