import { App, Button, Skeleton, theme } from "antd";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, idempotencyKey } from "@/api/client";
import { useMay, useSignedIn } from "@/api/session";
import { plain } from "@/components/plain";
import { useShortcuts } from "@/keyboard/registry";
import { Composer, type Tool } from "./Composer";
import { EMPTY, isEmpty, isSendable, joined, type Source, useWriting, type Writing } from "./composerState";
import { type Message, refresh, type Suggestion, type Ticket, type TicketChange, useTell } from "./data";
import { typed } from "./Notices";
import { useSending } from "./sending";
import { levelOf, SuggestionPanel } from "./SuggestionPanel";
import { UndoBar, useUndoable } from "./UndoBar";
import type { Asked, CurrentDraft } from "./useCurrentDraft";
import { WhyDrawer } from "./WhyDrawer";

interface Props {
  ticket: Ticket;
  messages: readonly Message[];
  suggestions: readonly Suggestion[];
  current: CurrentDraft;
  onChange: (change: TicketChange) => Promise<void>;
  onAsked: (asked: Asked) => void;
}

/** The draft and the composer: one place in which the reply comes to be. */
export function ReplyDock({ ticket, messages, suggestions, current, onChange, onAsked }: Props) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const { modal } = App.useApp();
  const me = useSignedIn();
  const mayWrite = useMay("tickets:write");
  const tell = useTell(ticket.id);
  const { writing, change, clear, nothing, takeAway, update } = useWriting(ticket.id);
  const { approve, write, busy, waiting, whenOnline } = useSending(ticket.id);
  const [tool, setTool] = useState<Tool>(null);
  const [rejecting, setRejecting] = useState(false);
  const [why, setWhy] = useState<Suggestion | null>(null);
  const input = useRef<TextAreaRef>(null);
  const dock = useRef<HTMLDivElement>(null);
  const lastSent = useRef<{ id: number | undefined; writing: Writing } | null>(null);
  const [used, setUsed] = useState<number | null>(null); // sent, and not read again yet
  const undoable = useUndoable(messages, me.id);
  const draft = current.draft?.id === used ? null : current.draft;
  const editing = writing.suggestionId !== null && writing.suggestionId === draft?.id;
  const actable = mayWrite && draft?.state === "pending" ? draft : null;
  const hasDraft = actable !== null && levelOf(actable) !== "none";

  const [unfolded, setUnfolded] = useState<number | null>(null);
  const folded = actable !== null && levelOf(actable) === "low" && unfolded !== actable.id;

  const focus = () => window.setTimeout(() => input.current?.focus({ cursor: "end" }), 0);
  const leave = () => input.current?.blur();

  const send = async () => {
    if (!isSendable(writing)) return;
    // a draft that a colleague has used meanwhile is refused by the server: nobody is answered twice
    const begun = writing.kind === "reply" ? suggestions.find((one) => one.id === writing.suggestionId) : undefined;
    const sent = (id: number | undefined) => {
      lastSent.current = { id, writing };
      if (begun) setUsed(begun.id);
      if (takeAway(writing)) leave();
    };
    await (begun ? approve(begun, writing, sent) : write(writing, ticket.version, sent));
    setUsed(null);
  };
  useEffect(() => whenOnline(waiting ? () => void send() : null));

  const accept = async () => {
    if (!actable || !hasDraft) return;
    if (folded) return setUnfolded(actable.id); // nobody sends what they have not seen
    await approve(actable, null, () => {
      if (nothing()) leave();
    });
  };
  const edit = () => {
    if (!actable || !hasDraft) return;
    if (!editing) update((now) => ({ ...now, kind: "reply", suggestionId: actable.id, text: now.text ? `${actable.text}\n${now.text}` : actable.text }));
    focus();
  };
  const reject = async (reason: string) => {
    if (!actable) return;
    try {
      await client.POST("/api/v1/suggestions/{suggestion_id}/reject", {
        params: { path: { suggestion_id: actable.id }, header: { "If-Match": `"${actable.version}"` } },
        body: { reason },
      });
      setRejecting(false);
      await refresh(ticket.id);
      focus();
    } catch (error) {
      tell(error);
    }
  };
  const another = async () => {
    try {
      await client.POST("/api/v1/tickets/{ticket_id}/suggestions", { params: { path: { ticket_id: ticket.id }, header: { "Idempotency-Key": idempotencyKey() } } });
      onAsked({ at: Date.now(), newest: suggestions[0]?.id ?? 0 });
      await refresh(ticket.id);
    } catch (error) {
      tell(error);
    }
  };
  const insertText = (text: string) => {
    change({ kind: writing.kind, text: writing.text ? `${writing.text.trimEnd()}\n${text}` : text });
    focus();
  };
  const insertSource = async (source: Source) => {
    const internal = source.audience !== "public";
    if (internal) {
      const agreed = await modal.confirm({
        title: t("confirm.insertInternal"),
        content: `${source.title}${t("list.colon")}${t("confirm.insertInternalHint")}`,
        okText: t("sources.insert"),
        cancelText: t("confirm.cancel"),
        focusable: { autoFocusButton: "cancel" },
      });
      if (!agreed) return;
    }
    const known = writing.sources.some((one) => one.passageId === source.passageId);
    const quoted = source.documentId.startsWith("article:") ? plain(source.text) : "";
    update((now) => ({
      ...now,
      sources: known ? now.sources : [...now.sources, source],
      text: [now.text.trimEnd(), quoted].filter(Boolean).join("\n"),
    }));
    focus();
  };
  const undo = async () => {
    if (!undoable) return;
    try {
      await client.POST("/api/v1/tickets/{ticket_id}/messages/{message_id}/cancel", { params: { path: { ticket_id: ticket.id, message_id: undoable.message.id } } });
      const { id, text, suggestion_id: suggestionId } = undoable.message;
      const drafted = suggestions.find((one) => one.id === suggestionId);
      const written = lastSent.current?.id === id ? lastSent.current.writing : null;
      const back = written ?? (drafted?.text === text ? null : { ...EMPTY, text, suggestionId });
      if (written) lastSent.current = null;
      if (back) update((now) => joined(back, now));
      await refresh(ticket.id);
    } catch (error) {
      tell(error);
    }
  };
  const cite = () => {
    const marks = [...(dock.current?.querySelectorAll<HTMLElement>("[data-cite], .ticket-source-text") ?? [])];
    const at = marks.indexOf(document.activeElement as HTMLElement);
    marks[(at + 1) % marks.length]?.focus();
  };
  const start = (kind: Writing["kind"]) => {
    change({ kind });
    focus();
  };
  useShortcuts(t("keys.reply"), [
    { keys: "a", label: t("suggestion.accept"), run: () => void accept(), disabled: !hasDraft },
    { keys: "e", label: t("suggestion.edit"), run: hasDraft ? edit : () => start("reply"), disabled: !mayWrite },
    { keys: "r", label: t("suggestion.reject"), run: () => setRejecting(true), disabled: !hasDraft || editing },
    { keys: "shift+r", label: t("suggestion.another"), run: () => void another(), disabled: !mayWrite },
    { keys: "c", label: t("keys.cite"), run: cite },
    { keys: "w", label: t("suggestion.why"), run: () => setWhy(draft ?? suggestions.find((one) => one.answer !== null) ?? null) },
    { keys: "n", label: t("composer.note"), run: () => start("note"), disabled: !mayWrite },
    { keys: "m", label: t("macros.title"), run: () => setTool("macros"), disabled: !mayWrite },
    { keys: "i", label: t("sources.search"), run: () => setTool("sources"), disabled: !mayWrite },
    { keys: "z", label: t("undo.undo"), run: () => void undo(), disabled: !undoable },
    { keys: "mod+Enter", label: t("composer.send"), run: () => void send(), whileTyping: true, disabled: !mayWrite },
  ]);
  return (
    <div ref={dock} className="ticket-dock" style={{ background: token.colorBgContainer }}>
      {undoable && <UndoBar seconds={undoable.seconds} onUndo={() => void undo()} />}
      {mayWrite && draft && !editing && (
        <SuggestionPanel
          key={draft.id}
          ticket={ticket}
          suggestion={draft}
          busy={busy}
          rejecting={rejecting}
          onRejecting={setRejecting}
          unfolded={unfolded === draft.id}
          onUnfold={() => setUnfolded(draft.id)}
          onAccept={() => void accept()}
          onEdit={edit}
          onReject={reject}
          onAnother={() => void another()}
          onWhy={() => setWhy(draft)}
          onInsert={(source) => void insertSource(source)}
          onChange={onChange}
        />
      )}
      {!draft && current.expected && <Skeleton active title={false} paragraph={{ rows: 2 }} className="ticket-expected" aria-label={t("suggestion.drafting")} />}
      {mayWrite && (current.missing || current.rejected) && (
        <div className="ticket-quiet" style={{ color: token.colorTextSecondary }}>
          {current.rejected ? t("suggestion.rejected", { reason: current.rejected.review?.reason ?? "" }) : t("suggestion.missing")}
          <Button type="link" size="small" onClick={() => void another()}>
            {t("suggestion.another")}
          </Button>
        </div>
      )}
      {mayWrite && (
        <Composer
          ticket={ticket}
          writing={writing}
          change={(part) => {
            if (part.text !== undefined) {
              typed();
              // an agent who writes has taken over: the bot does not answer any more
              if (draft?.state === "drafting" && ticket.assignee_id === null && isEmpty(writing)) void onChange({ assignee_id: me.id });
            }
            change(part);
          }}
          onUploaded={(file) => update((now) => ({ ...now, attachments: [...now.attachments, file] }))}
          input={input}
          tool={tool}
          onTool={setTool}
          onInsertText={insertText}
          onInsertSource={(source) => void insertSource(source)}
          onSend={() => void send()}
          onLeave={() => {
            if (editing && writing.text === draft?.text) clear();
            leave();
          }}
          onDiscard={editing ? clear : undefined}
          onOwn={!editing && writing.suggestionId !== null ? () => change({ suggestionId: null }) : undefined}
          busy={busy}
          waiting={waiting}
        />
      )}
      {why && <WhyDrawer suggestion={why} open onClose={() => setWhy(null)} />}
    </div>
  );
}
