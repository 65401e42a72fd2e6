import { ArrowDownOutlined } from "@ant-design/icons";
import { Button, theme } from "antd";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/components/format";
import type { Message, Suggestion, Ticket } from "./data";
import { MessageBubble } from "./MessageBubble";

interface Props {
  ticket: Ticket;
  messages: readonly Message[];
  suggestions: readonly Suggestion[];
  /** Stands at the end of the conversation: who types, that the bot answers. */
  children?: ReactNode;
}

/** The messages by day. A reader at the end is kept there; for one who has scrolled back nothing jumps. */
export function Conversation({ ticket, messages, suggestions, children }: Props) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const { date } = useFormats();
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [seen, setSeen] = useState(0);
  const newest = messages.at(-1)?.seq ?? 0;
  const waiting = seen === 0 ? 0 : messages.filter((one) => one.seq > seen).length;
  const lastReply = messages.findLast((one) => one.direction === "out" && one.visibility === "public")?.id;
  const toEnd = () => {
    const node = box.current;
    if (node) node.scrollTop = node.scrollHeight;
    setSeen(newest);
  };
  useLayoutEffect(() => {
    if (atEnd.current) toEnd();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [newest]);
  useEffect(() => {
    const node = box.current;
    if (!node) return undefined;
    // what stands below the conversation grows and shrinks: the end stays in sight
    const observer = new ResizeObserver(() => {
      if (atEnd.current) node.scrollTop = node.scrollHeight;
    });
    observer.observe(node);
    if (node.firstElementChild) observer.observe(node.firstElementChild);
    return () => observer.disconnect();
  }, []);
  const onScroll = () => {
    const node = box.current;
    if (!node) return;
    atEnd.current = node.scrollHeight - node.scrollTop - node.clientHeight < 40;
    if (atEnd.current && seen !== newest) setSeen(newest);
  };
  return (
    <div className="ticket-conversation">
      <div ref={box} className="ticket-scroll" onScroll={onScroll} tabIndex={0} role="log" aria-label={t("conversation.label")}>
        <div className="ticket-messages">
          {messages.map((message, index) => {
            const day = date(message.created_at);
            const previous = messages[index - 1];
            return (
              <div key={message.id} style={{ display: "contents" }}>
                {(!previous || date(previous.created_at) !== day) && (
                  <div className="ticket-day" style={{ color: token.colorTextTertiary }}>
                    <span style={{ background: token.colorBgLayout }}>{day}</span>
                  </div>
                )}
                <MessageBubble
                  ticket={ticket}
                  message={message}
                  follows={previous?.author_kind === message.author_kind && previous.author_id === message.author_id && previous.visibility === message.visibility}
                  newest={message.id === lastReply}
                  suggestion={suggestions.find((one) => one.id === message.suggestion_id)}
                />
              </div>
            );
          })}
          {children}
        </div>
      </div>
      {waiting > 0 && (
        <Button className="ticket-new" size="small" type="primary" icon={<ArrowDownOutlined />} onClick={toEnd}>
          {t("conversation.new", { count: waiting })}
        </Button>
      )}
    </div>
  );
}
