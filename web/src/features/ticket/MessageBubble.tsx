import { ClockCircleOutlined, PaperClipOutlined, RobotOutlined } from "@ant-design/icons";
import { Button, Space, theme, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { client } from "@/api/client";
import { useFormats } from "@/components/format";
import { type Message, refresh, type Suggestion, type Ticket, useStaffName, useTell } from "./data";
import { HtmlLetter } from "./HtmlLetter";
import { SentDiff } from "./SentDiff";

interface Props {
  ticket: Ticket;
  message: Message;
  /** The message before is of the same person: the name need not be said again. */
  follows: boolean;
  suggestion: Suggestion | undefined;
  /** The newest reply: its tags have keys. */
  newest: boolean;
}

/** One message. Who speaks is said in words, by place and by colour; a note can be taken for nothing else. */
export function MessageBubble({ ticket, message, follows, suggestion, newest }: Props) {
  const { t, i18n } = useTranslation("ticket");
  const { token } = theme.useToken();
  const { time } = useFormats();
  const staffName = useStaffName();
  const note = message.visibility === "note";
  const kind = note ? "note" : message.author_kind;
  const name =
    message.author_kind === "customer"
      ? ticket.customer_name || t("conversation.customer")
      : message.author_kind === "agent" && message.author_id !== null
        ? staffName(message.author_id)
        : t(`conversation.${message.author_kind}`);
  const colours = {
    customer: { background: token.colorBgContainer, borderColor: token.colorBorderSecondary },
    agent: { background: token.colorPrimaryBg, borderColor: token.colorPrimaryBorder },
    bot: { background: token.colorPrimaryBg, borderColor: token.colorPrimaryBorder, borderStyle: "dashed" },
    note: { background: token.colorWarningBg, borderColor: token.colorWarningBorder },
    system: { background: "transparent", borderColor: "transparent" },
  }[kind];
  const cancelled = message.delivery?.state === "cancelled";
  const clock = new Intl.DateTimeFormat(i18n.language, { hour: "2-digit", minute: "2-digit" }).format(new Date(message.created_at));
  return (
    <article className={`ticket-message from-${kind}`} aria-label={t("conversation.by", { name, time: time(message.created_at) })}>
      {(!follows || note) && (
        <div className="ticket-author" style={{ color: token.colorTextSecondary }}>
          {message.author_kind === "bot" && <RobotOutlined />}
          <strong>{name}</strong>
          {note && <span>{t("conversation.note")}</span>}
        </div>
      )}
      <div className="ticket-bubble" style={{ ...colours, opacity: cancelled ? 0.75 : 1 }}>
        {message.has_html ? (
          <HtmlLetter ticketId={ticket.id} messageId={message.id} text={message.text} />
        ) : (
          <div className="ticket-text" style={cancelled ? { textDecoration: "line-through" } : undefined}>
            {message.text}
          </div>
        )}
        <Files message={message} />
      </div>
      <div className="ticket-meta" style={{ color: token.colorTextTertiary }}>
        <time dateTime={message.created_at} title={time(message.created_at)} className="tabular">
          {clock}
        </time>
        {message.citations.length > 0 && !cancelled && (
          <Tooltip title={message.citations.map((one) => `[${String(one.number)}] ${String(one.title)}`).join("　")}>
            <span tabIndex={0}>{t("conversation.sources", { count: message.citations.length })}</span>
          </Tooltip>
        )}
        <DeliveryState ticketId={ticket.id} message={message} seen={message.seq <= ticket.customer_seen_seq} />
      </div>
      {suggestion?.review && !cancelled && suggestion.review.message_id === message.id && <SentDiff suggestion={suggestion} ticketId={ticket.id} withKeys={newest} />}
    </article>
  );
}

/** Where a reply is on its way. Nobody knows of an uncertain one: a person looks and says. */
function DeliveryState({ ticketId, message, seen }: { ticketId: number; message: Message; seen: boolean }) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const tell = useTell(ticketId);
  const delivery = message.delivery;
  if (!delivery || message.visibility === "note") return null;
  const settle = (arrived: boolean) =>
    client
      .POST("/api/v1/tickets/{ticket_id}/messages/{message_id}/settle", {
        params: { path: { ticket_id: ticketId, message_id: message.id } },
        body: { arrived },
      })
      .then(() => refresh(ticketId), tell);
  if (delivery.state === "uncertain" || delivery.state === "failed") {
    return (
      <Space size={6} wrap role="group" aria-label={t("delivery.settle")}>
        <span style={{ color: delivery.state === "failed" ? token.colorError : token.colorWarning, fontWeight: 600 }}>{t(`delivery.${delivery.state}`)}</span>
        <Why error={delivery.last_error} />
        <Button size="small" onClick={() => void settle(true)}>
          {t("delivery.arrived")}
        </Button>
        <Button size="small" onClick={() => void settle(false)}>
          {t("delivery.again")}
        </Button>
      </Space>
    );
  }
  if (delivery.state === "queued" && delivery.last_error !== null) return <TriedAgain delivery={delivery} />;
  return (
    <span>
      {(delivery.state === "queued" || delivery.state === "sending") && <ClockCircleOutlined />} {t(delivery.state === "sent" && seen ? "delivery.seen" : `delivery.${delivery.state}`)}
    </span>
  );
}

/** Certainly not delivered, and tried again by itself: why, and when. */
function TriedAgain({ delivery }: { delivery: NonNullable<Message["delivery"]> }) {
  const { t, i18n } = useTranslation("ticket");
  const { token } = theme.useToken();
  const next = delivery.next_try_at;
  const at = next && new Intl.DateTimeFormat(i18n.language, { timeStyle: "medium" }).format(new Date(next));
  return (
    <Space size={6} wrap role="status">
      <span style={{ color: token.colorError, fontWeight: 600 }}>{t("delivery.undelivered", { count: delivery.attempt })}</span>
      <Why error={delivery.last_error} />
      <span className="tabular">{at ? t("delivery.nextTry", { at }) : t("delivery.tryingAgain")}</span>
    </Space>
  );
}

const SHORT = 120;

/** The sender's or the receiver's own words; all of them when pointed at. */
function Why({ error }: { error: string | null }) {
  const { t } = useTranslation("ticket");
  if (!error) return null;
  return <span title={error}>{t("delivery.why", { error: error.length > SHORT ? `${error.slice(0, SHORT)}…` : error })}</span>;
}

function Files({ message }: { message: Message }) {
  const { t } = useTranslation("ticket");
  const { number } = useFormats();
  if (message.attachments.length === 0) return null;
  return (
    <ul className="ticket-files">
      {message.attachments.map((file) => {
        const href = `/api/v1/attachments/${file.id}`;
        return (
          <li key={file.id}>
            {file.media_type.startsWith("image/") ? (
              <a href={href} target="_blank" rel="noreferrer">
                <img src={href} alt={file.name} loading="lazy" />
              </a>
            ) : (
              <a href={href} download={file.name}>
                <PaperClipOutlined /> {file.name} <small>{t("conversation.size", { kb: number(Math.max(1, file.size / 1024)) })}</small>
              </a>
            )}
          </li>
        );
      })}
    </ul>
  );
}
