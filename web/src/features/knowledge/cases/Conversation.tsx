import { Collapse, Skeleton, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useFormats } from "@/components/format";
import { ErrorState } from "@/components/states";

/** The conversation that the case was made of, as it was said: to check what was taken out and what was left. */
export function Conversation({ ticketId }: { ticketId: number }) {
  const { t } = useTranslation("knowledge");
  const [open, setOpen] = useState(false);
  return (
    <Collapse
      size="small"
      onChange={(keys) => setOpen(keys.length > 0)}
      items={[{ key: "talk", label: t("cases.conversation"), children: open ? <Messages ticketId={ticketId} /> : null }]}
    />
  );
}

function Messages({ ticketId }: { ticketId: number }) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const formats = useFormats();
  const messages = api.useQuery("get", "/api/v1/tickets/{ticket_id}/messages", { params: { path: { ticket_id: ticketId } } });
  if (messages.isPending) return <Skeleton active />;
  if (messages.error) return <ErrorState error={messages.error} onRetry={() => void messages.refetch()} />;
  return (
    <div style={{ display: "grid", gap: 10 }}>
      {messages.data.items
        .filter((message) => message.visibility === "public")
        .map((message) => (
          <div key={message.id} style={{ borderInlineStart: `3px solid ${message.direction === "in" ? token.colorBorder : token.colorPrimary}`, paddingInlineStart: 10 }}>
            <div style={{ fontSize: 12, color: token.colorTextSecondary }}>
              {t(`cases.authors.${message.author_kind}`)} · {formats.time(message.created_at)}
            </div>
            <div className="kn-quote">{message.text}</div>
          </div>
        ))}
    </div>
  );
}
