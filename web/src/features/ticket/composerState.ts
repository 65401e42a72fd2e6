/** What an agent is writing on a ticket. It survives a reload and a lost network: it is kept in this browser. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

export interface Source {
  passageId: number;
  documentId: string;
  title: string;
  heading: string;
  text: string;
  version: number;
  audience: string;
  publishedAt: string | null;
}

export interface Upload {
  id: number;
  name: string;
  size: number;
}

export interface Writing {
  kind: "reply" | "note";
  text: string;
  /** The draft that this reply began as. */
  suggestionId: number | null;
  /** Passages that the agent added. */
  sources: readonly Source[];
  attachments: readonly Upload[];
}

export const MAX_TEXT = 20_000;
export const EMPTY: Writing = { kind: "reply", text: "", suggestionId: null, sources: [], attachments: [] };
const keyOf = (ticketId: number) => `copilot.writing.${ticketId}`;

function stored(ticketId: number): Writing {
  try {
    const text = localStorage.getItem(keyOf(ticketId));
    return text === null ? EMPTY : { ...EMPTY, ...(JSON.parse(text) as Partial<Writing>) };
  } catch {
    return EMPTY;
  }
}

export function isEmpty(writing: Writing): boolean {
  return writing.text === "" && writing.sources.length === 0 && writing.attachments.length === 0;
}

/** Characters beyond what a message may have; it is told and not cut. Counted as the server counts them. */
export function surplus(writing: Writing): number {
  return writing.text.length <= MAX_TEXT ? 0 : Math.max(0, [...writing.text].length - MAX_TEXT);
}

export function isSendable(writing: Writing): boolean {
  return (writing.text.trim() !== "" || writing.attachments.length > 0) && surplus(writing) === 0;
}

/** Sources and files of `now` that `other` has not. By number: what was kept in the browser is not the same object. */
function without(now: Writing, other: Writing): Pick<Writing, "sources" | "attachments"> {
  return {
    sources: now.sources.filter((one) => !other.sources.some(({ passageId }) => passageId === one.passageId)),
    attachments: now.attachments.filter((one) => !other.attachments.some(({ id }) => id === one.id)),
  };
}

/** What is left when `sent` is gone: what was written while it was on its way is what comes next, a note if it is one. */
function after(now: Writing, sent: Writing): Writing {
  const left = {
    ...now,
    text: now.text.startsWith(sent.text) ? now.text.slice(sent.text.length).trimStart() : now.text,
    suggestionId: now.suggestionId === sent.suggestionId ? null : now.suggestionId,
    ...without(now, sent),
  };
  return isEmpty(left) && left.kind === sent.kind ? EMPTY : left;
}

/** What was taken back, and then what is being written. A note and a reply are not mixed: then only the latter stays. */
export function joined(back: Writing, now: Writing): Writing {
  if (isEmpty(now)) return back;
  if (now.kind !== back.kind) return now;
  const added = without(now, back);
  return {
    ...back,
    text: [back.text, now.text].filter(Boolean).join("\n"),
    sources: [...back.sources, ...added.sources],
    attachments: [...back.attachments, ...added.attachments],
  };
}

function keep(ticketId: number, writing: Writing): void {
  if (isEmpty(writing) && writing.suggestionId === null) localStorage.removeItem(keyOf(ticketId));
  else localStorage.setItem(keyOf(ticketId), JSON.stringify(writing));
}

export function useWriting(ticketId: number) {
  const [writing, setWriting] = useState(() => stored(ticketId));
  useEffect(() => keep(ticketId, writing), [ticketId, writing]);
  const change = useCallback((part: Partial<Writing>) => setWriting((now) => ({ ...now, ...part })), []);
  const clear = useCallback(() => setWriting(EMPTY), []);
  const latest = useRef(writing);
  useLayoutEffect(() => {
    latest.current = writing;
  });
  const nothing = useCallback(() => isEmpty(latest.current), []);
  /** Takes away what was sent, also when the agent has gone to another ticket. True: nothing else is written. */
  const takeAway = useCallback(
    (sent: Writing): boolean => {
      const rest = after(latest.current, sent);
      setWriting(rest);
      keep(ticketId, rest);
      return isEmpty(rest);
    },
    [ticketId],
  );
  return { writing, change, clear, nothing, takeAway, update: setWriting };
}
