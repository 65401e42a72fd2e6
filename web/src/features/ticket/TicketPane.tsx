import { Drawer, Skeleton } from "antd";
import { type ComponentType, lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "@/api/client";
import { ErrorState } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { Conversation } from "./Conversation";
import { useChangeTicket, useMessages, useSuggestions, useTicket } from "./data";
import { Notices } from "./Notices";
import { ReplyDock } from "./ReplyDock";
import "./dock.css";
import "./evidence.css";
import "./ticket.css";
import { type Opened, TicketHeader } from "./TicketHeader";
import { TicketLoading } from "./TicketLoading";
import { TimelineDrawer } from "./TimelineDrawer";
import { type Asked, useCurrentDraft } from "./useCurrentDraft";

type Panel = ComponentType<{ ticketId: number; customerId: number }>;
const found = Object.values(import.meta.glob<{ CustomerPanel: Panel }>("../customer360/CustomerPanel.tsx"))[0];
const CustomerPanel = found ? lazy(async () => ({ default: (await found()).CustomerPanel })) : null;
const SIDE_FROM = 940; // px of width from which the customer stands beside the conversation

function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const node = box.current;
    if (!node) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}

/** A ticket: what was said, what is suggested, where the reply is written, and whose ticket it is. */
export function TicketPane({ ticketId }: { ticketId: number }) {
  const [box, width] = useWidth();
  return (
    <div ref={box} className="ticket-pane">
      {width > 0 ? <Loaded key={ticketId} ticketId={ticketId} side={width >= SIDE_FROM} /> : <TicketLoading />}
    </div>
  );
}

function Loaded({ ticketId, side }: { ticketId: number; side: boolean }) {
  const { t } = useTranslation("ticket");
  const ticketQuery = useTicket(ticketId);
  const messagesQuery = useMessages(ticketId);
  const suggestionsQuery = useSuggestions(ticketId);
  const ticket = ticketQuery.data;
  const messages = messagesQuery.data?.items ?? [];
  const change = useChangeTicket(ticket);
  const [opened, setOpened] = useState<Opened>(null);
  const [shown, setShown] = useState<"timeline" | "customer" | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const current = useCurrentDraft(ticket, messages, suggestionsQuery.data, asked);
  const newest = messages.at(-1)?.seq ?? 0;
  useEffect(() => {
    if (newest === 0) return;
    client.PUT("/api/v1/tickets/{ticket_id}/read", { params: { path: { ticket_id: ticketId } }, body: { seq: newest } }).catch(() => undefined);
  }, [ticketId, newest]);
  useShortcuts(t("keys.ticket"), [
    { keys: "s", label: t("keys.status"), run: () => setOpened("status") },
    { keys: "p", label: t("keys.priority"), run: () => setOpened("priority") },
    { keys: "t", label: t("keys.assign"), run: () => setOpened("assignee") },
    { keys: "h", label: t("timeline.title"), run: () => setShown("timeline") },
  ]);
  const error = ticketQuery.error ?? messagesQuery.error;
  if (error && !ticket) return <ErrorState error={error} onRetry={() => void Promise.all([ticketQuery.refetch(), messagesQuery.refetch()])} />;
  if (!ticket || messagesQuery.isPending) return <TicketLoading />;
  const customer = CustomerPanel && (
    <Suspense fallback={<Skeleton active style={{ padding: 16 }} />}>
      <CustomerPanel ticketId={ticket.id} customerId={ticket.customer_id} />
    </Suspense>
  );
  return (
    <>
      <div className="ticket-main">
        <TicketHeader
          ticket={ticket}
          opened={opened}
          onOpened={setOpened}
          onChange={change}
          onTimeline={() => setShown("timeline")}
          onCustomer={customer && !side ? () => setShown("customer") : undefined}
        />
        <Conversation ticket={ticket} messages={messages} suggestions={suggestionsQuery.data ?? []}>
          {messages.length === 0 && <p style={{ textAlign: "center" }}>{t("conversation.empty")}</p>}
        </Conversation>
        <Notices ticket={ticket} drafting={current.draft?.state === "drafting" || current.expected} onTakeOver={change} />
        <ReplyDock ticket={ticket} messages={messages} current={current} suggestions={suggestionsQuery.data ?? []} onChange={change} onAsked={setAsked} />
      </div>
      {customer && side && (
        <aside className="ticket-side" aria-label={t("header.customer")}>
          {customer}
        </aside>
      )}
      {customer && !side && (
        <Drawer open={shown === "customer"} onClose={() => setShown(null)} size={360} title={ticket.customer_name || t("header.customer")} destroyOnHidden>
          {customer}
        </Drawer>
      )}
      <TimelineDrawer ticketId={ticket.id} open={shown === "timeline"} onClose={() => setShown(null)} />
    </>
  );
}
