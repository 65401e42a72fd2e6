/** What is being written and not yet saved: kept in this browser until it is, and never lost by leaving. */
import { useEffect, useState } from "react";
import { useBlocker } from "react-router";
import type { Text } from "./ArticleEditor";

const prefix = "copilot.unsaved.";

function stored(key: string): Text | null {
  try {
    const text = JSON.parse(localStorage.getItem(prefix + key) ?? "null") as Text | null;
    return text && typeof text.title === "string" && typeof text.body === "string" ? text : null;
  } catch {
    return null;
  }
}

export function hasUnsaved(key: string): boolean {
  return stored(key) !== null;
}

export function forget(key: string): void {
  localStorage.removeItem(prefix + key);
}

export function useUnsaved(key: string, saved: Text) {
  const [restored, setRestored] = useState(() => stored(key) !== null);
  const [text, setText] = useState<Text>(() => stored(key) ?? saved);
  const dirty = text.title !== saved.title || text.body !== saved.body;
  useEffect(() => {
    if (dirty) localStorage.setItem(prefix + key, JSON.stringify(text));
    else forget(key);
  }, [key, text, dirty]);
  return {
    text,
    setText,
    dirty,
    restored: restored && dirty,
    discard: () => {
      forget(key);
      setText(saved);
      setRestored(false);
    },
  };
}

/** Asks before another screen is opened over unsaved words; the browser asks before its tab is closed. */
export function useLeaveGuard(dirty: boolean, ask: () => Promise<boolean>): void {
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname);
  useEffect(() => {
    if (blocker.state !== "blocked") return;
    void ask().then((leave) => (leave ? blocker.proceed() : blocker.reset()));
  }, [blocker, ask]);
  useEffect(() => {
    if (!dirty) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [dirty]);
}
