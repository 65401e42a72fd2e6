import { EditOutlined, HistoryOutlined, IdcardOutlined } from "@ant-design/icons";
import { Button, Input, Popover, Select, Tag, theme, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useIntents, useStaff } from "@/api/lookups";
import { useMay, useSignedIn } from "@/api/session";
import { type Ticket, type TicketChange, useIntentName } from "./data";

export type Opened = "status" | "priority" | "assignee" | null;
const STATUSES = ["new", "open", "pending", "resolved", "closed"] as const;
const PRIORITIES = ["low", "normal", "high", "urgent"] as const;

interface Props {
  ticket: Ticket;
  opened: Opened;
  onOpened: (which: Opened) => void;
  onChange: (change: TicketChange) => Promise<void>;
  onTimeline: () => void;
  /** Set where there is no room for the customer beside the conversation. */
  onCustomer?: (() => void) | undefined;
}

/** What the ticket is, and the few things that are changed all day. */
export function TicketHeader({ ticket, opened, onOpened, onChange, onTimeline, onCustomer }: Props) {
  const { t } = useTranslation(["ticket", "common"]);
  const { token } = theme.useToken();
  const me = useSignedIn();
  const { staff } = useStaff();
  const mayWrite = useMay("tickets:write");
  const people = staff.filter((one) => one.active && (one.shops.length === 0 || one.shops.includes(ticket.shop_id)));
  const pick = (which: Opened) => ({
    size: "small" as const,
    variant: "filled" as const,
    open: opened === which,
    onOpenChange: (open: boolean) => {
      onOpened(open ? which : null);
      // the keys belong to the ticket again; Tab goes on from here all the same
      if (!open && document.activeElement instanceof HTMLElement) document.activeElement.blur();
    },
    popupMatchSelectWidth: false as const,
    disabled: !mayWrite,
    onSelect: () => onOpened(null),
    ref: (node: { focus: () => void } | null) => {
      if (opened === which) node?.focus();
    },
  });
  return (
    <header className="ticket-header" style={{ borderBottom: `1px solid ${token.colorBorderSecondary}` }}>
      <div className="ticket-title">
        <h2 title={ticket.subject}>
          <span className="tabular" style={{ color: token.colorTextTertiary, fontWeight: 400 }}>
            #{ticket.id}
          </span>{" "}
          {ticket.subject || t("header.noSubject")}
        </h2>
        <Tooltip title={`${t("timeline.title")}`}>
          <Button type="text" size="small" icon={<HistoryOutlined />} aria-label={t("timeline.title")} onClick={onTimeline} />
        </Tooltip>
        {onCustomer && (
          <Button size="small" icon={<IdcardOutlined />} onClick={onCustomer}>
            {t("header.customer")}
          </Button>
        )}
      </div>
      <div className="ticket-facts">
        <Select
          {...pick("status")}
          aria-label={`${t("header.status")} (S)`}
          value={ticket.status}
          options={STATUSES.map((value) => ({ value, label: t(`common:status.${value}`) }))}
          onChange={(status) => void onChange({ status })}
        />
        <Select
          {...pick("priority")}
          aria-label={`${t("header.priority")} (P)`}
          value={ticket.priority}
          className={`priority-${ticket.priority}`}
          options={PRIORITIES.map((value) => ({ value, label: t(`common:priority.${value}`) }))}
          onChange={(priority) => void onChange({ priority })}
        />
        <Select
          {...pick("assignee")}
          aria-label={`${t("header.assignee")} (T)`}
          value={ticket.assignee_id ?? 0}
          showSearch={{ optionFilterProp: "label" }}
          options={[
            { value: 0, label: t("header.nobody") },
            ...people.map((one) => ({
              value: one.id,
              label: one.id === me.id ? t("header.me", { name: one.display_name }) : one.display_name,
            })),
          ]}
          onChange={(id) => void onChange({ assignee_id: id === 0 ? null : id })}
        />
        <IntentChip ticket={ticket} onChange={onChange} disabled={!mayWrite} />
        <Tags tags={ticket.tags} onChange={(tags) => void onChange({ tags })} disabled={!mayWrite} />
        <span style={{ color: token.colorTextTertiary, fontSize: 12 }}>
          {t(`common:channel.${ticket.channel as "web"}`, { defaultValue: ticket.channel })}
          {ticket.language !== null && ` · ${t(`common:languages.${ticket.language as "zh"}`, { defaultValue: ticket.language })}`}
        </span>
      </div>
    </header>
  );
}

/** What it is about; another intent is one click, and a label to learn from. */
export function IntentChip({ ticket, onChange, disabled }: { ticket: Ticket; onChange: Props["onChange"]; disabled: boolean }) {
  const { t } = useTranslation("ticket");
  const name = useIntentName();
  const { intents, nameOf } = useIntents();
  const [open, setOpen] = useState(false);
  if (disabled) return <Tag>{name(ticket.intent)}</Tag>;
  return (
    <Popover
      trigger="click"
      open={open}
      onOpenChange={setOpen}
      placement="bottomLeft"
      content={
        <Select
          autoFocus
          defaultOpen
          showSearch={{ optionFilterProp: "label" }}
          style={{ width: 240 }}
          aria-label={t("intent.choose")}
          value={ticket.intent}
          placeholder={t("intent.choose")}
          options={intents.map((one) => ({ value: one.id, label: nameOf(one.id), category: one.category }))}
          onSelect={(value: string | null) => {
            setOpen(false);
            const chosen = intents.find((one) => one.id === value);
            if (chosen && chosen.id !== ticket.intent) void onChange({ intent: chosen.id, category: chosen.category });
          }}
        />
      }
    >
      <Button size="small" type="dashed" icon={<EditOutlined />} iconPlacement="end" aria-label={t("intent.change", { name: name(ticket.intent) })}>
        {name(ticket.intent)}
      </Button>
    </Popover>
  );
}

function Tags({ tags, onChange, disabled }: { tags: readonly string[]; onChange: (tags: string[]) => void; disabled: boolean }) {
  const { t } = useTranslation("ticket");
  const [text, setText] = useState<string | null>(null);
  const add = () => {
    const tag = (text ?? "").trim();
    if (tag && !tags.includes(tag)) onChange([...tags, tag]);
    setText(null);
  };
  return (
    <>
      {tags.map((tag) => (
        <Tag key={tag} closable={disabled ? false : { "aria-label": t("header.removeTag", { tag }) }} onClose={() => onChange(tags.filter((one) => one !== tag))}>
          {tag}
        </Tag>
      ))}
      {!disabled &&
        (text === null ? (
          <Button size="small" type="text" onClick={() => setText("")}>
            + {t("header.tag")}
          </Button>
        ) : (
          <Input
            autoFocus
            size="small"
            style={{ width: 110 }}
            maxLength={64}
            aria-label={t("header.tag")}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onPressEnter={add}
            onBlur={add}
            onKeyDown={(event) => event.key === "Escape" && setText(null)}
          />
        ))}
    </>
  );
}
