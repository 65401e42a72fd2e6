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

const EMPTY: Writing = { kind: "reply", text: "", suggestionId: null, sources: [], attachments: [] };
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

/** What is left when `sent` is gone: what was written while it was on its way is of the next reply. */
function after(now: Writing, sent: Writing): Writing {
  return {
    ...EMPTY,
    text: now.text.startsWith(sent.text) ? now.text.slice(sent.text.length).trimStart() : now.text,
    sources: now.sources.filter((one) => !sent.sources.includes(one)),
    attachments: now.attachments.filter((one) => !sent.attachments.includes(one)),
  };
}

export function useWriting(ticketId: number) {
  const [writing, setWriting] = useState(() => stored(ticketId));
  useEffect(() => {
    if (isEmpty(writing) && writing.suggestionId === null) localStorage.removeItem(keyOf(ticketId));
    else localStorage.setItem(keyOf(ticketId), JSON.stringify(writing));
  }, [ticketId, writing]);
  const change = useCallback((part: Partial<Writing>) => setWriting((now) => ({ ...now, ...part })), []);
  const clear = useCallback(() => setWriting((now) => ({ ...EMPTY, kind: now.kind === "note" ? "reply" : now.kind })), []);
  const latest = useRef(writing);
  useLayoutEffect(() => {
    latest.current = writing;
  });
  /** Takes away what was sent. True: nothing else is written. */
  const takeAway = useCallback((sent: Writing): boolean => {
    const rest = after(latest.current, sent);
    setWriting(rest);
    return isEmpty(rest);
  }, []);
  return { writing, change, clear, takeAway, update: setWriting };
}
