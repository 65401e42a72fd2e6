import { FileSearchOutlined, PaperClipOutlined, SendOutlined, SnippetsOutlined } from "@ant-design/icons";
import { Alert, Button, Input, Segmented, theme, Tooltip } from "antd";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { type RefObject, useRef } from "react";
import { useTranslation } from "react-i18next";
import { AttachmentTray, useUpload } from "./Attachments";
import { CheckStrip } from "./CheckStrip";
import { isEmpty, isSendable, MAX_TEXT, type Source, surplus, type Upload, type Writing } from "./composerState";
import type { Ticket } from "./data";
import { MacroPicker } from "./MacroPicker";
import { SourceSearch } from "./SourceSearch";

export type Tool = "macros" | "sources" | null;

interface Props {
  ticket: Ticket;
  writing: Writing;
  change: (part: Partial<Writing>) => void;
  onUploaded: (file: Upload) => void;
  input: RefObject<TextAreaRef | null>;
  tool: Tool;
  onTool: (tool: Tool) => void;
  onInsertText: (text: string) => void;
  onInsertSource: (source: Source) => void;
  onSend: () => void;
  onLeave: () => void;
  busy: boolean;
  /** The network is away: what is written goes out when it is back. */
  waiting: boolean;
  /** Puts the draft back as it was. */
  onDiscard: (() => void) | undefined;
  /** The draft that this began as is no longer there to be sent: makes it the agent's own reply. */
  onOwn: (() => void) | undefined;
}

/** Where an agent writes: a reply, or a note that no customer sees. What is typed is kept in this browser. */
export function Composer(props: Props) {
  const { ticket, writing, change, input, tool, onTool } = props;
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const picker = useRef<HTMLInputElement>(null);
  const { upload, uploading } = useUpload(ticket.id, props.onUploaded);
  const note = writing.kind === "note";
  const editing = writing.suggestionId !== null && !note;
  const closed = ticket.status === "closed" && !note;
  const over = surplus(writing);
  const blanks = note ? [] : [...writing.text.matchAll(/\{\{\s*([\w.]+)\s*\}\}/g)].map((one) => one[0]);
  return (
    <section
      className={`ticket-composer${note ? " is-note" : ""}`}
      aria-label={t(note ? "composer.note" : "composer.reply")}
      style={{ borderTopColor: token.colorBorderSecondary, background: note ? token.colorWarningBg : token.colorBgContainer }}
    >
      <MacroPicker ticketId={ticket.id} open={tool === "macros"} onClose={() => onTool(null)} onPick={props.onInsertText} />
      <SourceSearch ticket={ticket} open={tool === "sources"} onClose={() => onTool(null)} onPick={props.onInsertSource} />
      <div className="ticket-composer-head">
        <Segmented<Writing["kind"]>
          size="small"
          aria-label={t("composer.kind")}
          value={writing.kind}
          options={[
            { value: "reply", label: t("composer.reply") },
            { value: "note", label: t("composer.note") },
          ]}
          onChange={(kind) => {
            change({ kind });
            input.current?.focus();
          }}
        />
        {editing && !props.onOwn && <span style={{ color: token.colorTextSecondary }}>{t("composer.editing")}</span>}
        {props.onDiscard && (
          <Button type="link" size="small" onClick={props.onDiscard}>
            {t("composer.discard")}
          </Button>
        )}
        {props.onOwn && !note && (
          <span role="alert" style={{ color: token.colorWarningText }}>
            {t("composer.stale")}{" "}
            <Button type="link" size="small" onClick={props.onOwn}>
              {t("composer.own")}
            </Button>
          </span>
        )}
        {note && <span style={{ color: token.colorWarningText }}>{t("composer.noteHint")}</span>}
        {props.waiting && (
          <span role="status" style={{ color: token.colorWarningText }}>
            {t("composer.waiting")}
          </span>
        )}
      </div>
      {closed && <Alert type="info" title={t("composer.closed")} banner />}
      <Input.TextArea
        ref={input}
        value={writing.text}
        variant="borderless"
        autoSize={{ minRows: 2, maxRows: 10 }}
        aria-label={t(note ? "composer.note" : "composer.reply")}
        placeholder={t(note ? "composer.notePlaceholder" : "composer.placeholder")}
        onChange={(event) => change(event.target.value === "" ? { text: "", sources: [] } : { text: event.target.value })}
        onPaste={(event) => {
          const files = [...event.clipboardData.files];
          if (files.length > 0) void upload(files);
        }}
        onKeyDown={(event) => event.key === "Escape" && props.onLeave()}
      />
      {over > 0 && (
        <div role="alert" style={{ color: token.colorErrorText, padding: "0 12px 4px" }}>
          {t("composer.over", { count: over, max: MAX_TEXT })}
        </div>
      )}
      {blanks.length > 0 && (
        <div role="status" style={{ color: token.colorErrorText, padding: "0 12px 4px" }}>
          {t("composer.blanks", { names: [...new Set(blanks)].join(t("list.and")) })}
        </div>
      )}
      {!note && over === 0 && <CheckStrip ticketId={ticket.id} writing={writing} onDrop={(id) => change({ sources: writing.sources.filter((one) => one.passageId !== id) })} />}
      <AttachmentTray files={writing.attachments} uploading={uploading} onRemove={(id) => change({ attachments: writing.attachments.filter((one) => one.id !== id) })} />
      <div className="ticket-composer-tools">
        <Tooltip title={`${t("macros.title")} (M)`}>
          <Button type="text" icon={<SnippetsOutlined />} aria-label={t("macros.title")} aria-expanded={tool === "macros"} onClick={() => onTool(tool === "macros" ? null : "macros")} />
        </Tooltip>
        <Tooltip title={`${t("sources.search")} (I)`}>
          <Button type="text" icon={<FileSearchOutlined />} aria-label={t("sources.search")} aria-expanded={tool === "sources"} onClick={() => onTool(tool === "sources" ? null : "sources")} />
        </Tooltip>
        <Tooltip title={t("attachments.add")}>
          <Button type="text" icon={<PaperClipOutlined />} aria-label={t("attachments.add")} loading={uploading > 0} onClick={() => picker.current?.click()} />
        </Tooltip>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={(event) => {
            void upload([...(event.target.files ?? [])]);
            event.target.value = "";
          }}
        />
        <span style={{ flex: 1 }} />
        <Button type={editing || !isEmpty(writing) ? "primary" : "default"} icon={<SendOutlined />} loading={props.busy} disabled={!isSendable(writing) || closed || uploading > 0} onClick={props.onSend}>
          {t(note ? "composer.addNote" : "composer.send")} <kbd className="ticket-mod">Ctrl ⏎</kbd>
        </Button>
      </div>
    </section>
  );
}
