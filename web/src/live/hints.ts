/** Live hints: the server says what changed, we ask again for what is shown. Never a second data path. */
import { useEffect, useSyncExternalStore } from "react";
import { invalidate } from "@/api/queries";

export interface Hint {
  id?: number;
  name: string;
  shop_id: number | null;
  ticket_id: number | null;
  customer_id: number | null;
}

export type LiveState = "connecting" | "live" | "lost";

const LIST_MS = 1000;
const handlers = new Set<(hint: Hint) => void>();
const listeners = new Set<() => void>();
let state: LiveState = "connecting";
let listTimer: number | undefined;
const stale = new Set<string>();

function become(next: LiveState): void {
  if (state === next) return;
  state = next;
  for (const listener of listeners) listener();
}

/** Lists are asked again once a second at most, however many hints arrive. */
function invalidateSoon(prefix: string): void {
  stale.add(prefix);
  listTimer ??= window.setTimeout(() => {
    listTimer = undefined;
    const prefixes = [...stale];
    stale.clear();
    for (const one of prefixes) void invalidate(one);
  }, LIST_MS);
}

function follow(hint: Hint): void {
  if (hint.name === "PresenceChanged") {
    // somebody came, typed or left: nothing of the ticket itself has changed
    void invalidate("/api/v1/tickets/{ticket_id}/presence", { ticket_id: hint.ticket_id });
  } else if (hint.ticket_id !== null) {
    void invalidate("/api/v1/tickets/{ticket_id}", { ticket_id: hint.ticket_id });
    void invalidate("/api/v1/suggestions");
    invalidateSoon("/api/v1/tickets");
  }
  if (hint.customer_id !== null && hint.id !== 0) void invalidate("/api/v1/customers/{customer_id}", { customer_id: hint.customer_id });
  const name = hint.name.toLowerCase();
  if (name.includes("article") || name.includes("knowledge") || name.includes("case") || name.includes("finding")) {
    invalidateSoon("/api/v1/articles");
    invalidateSoon("/api/v1/cases");
    invalidateSoon("/api/v1/knowledge");
  }
  if (name.includes("action")) {
    invalidateSoon("/api/v1/actions");
    invalidateSoon("/api/v1/orders");
  }
  if (name.includes("autosend") || name.includes("autonomy")) {
    invalidateSoon("/api/v1/grants");
    invalidateSoon("/api/v1/autonomy");
  }
  if (name.includes("import")) invalidateSoon("/api/v1/imports");
  for (const handler of handlers) handler(hint);
}

/** For what a feature wants to do beside asking again (a bar that says "2 new messages"). */
export function useHints(handler: (hint: Hint) => void): void {
  useEffect(() => {
    handlers.add(handler);
    return () => {
      handlers.delete(handler);
    };
  }, [handler]);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** Listens as long as somebody is signed in. EventSource comes back by itself; a closed one is opened anew. */
export function useLive(enabled: boolean): void {
  useEffect(() => {
    if (!enabled) return undefined;
    let source: EventSource | null = null;
    let again: number | undefined;
    const open = () => {
      source = new EventSource("/api/v1/live");
      source.addEventListener("ready", () => {
        become("live");
        // whatever happened while nobody listened: since the connection was lost, or since the page asked first
        void invalidate("/api/v1/");
      });
      source.addEventListener("hint", (event: MessageEvent<string>) => follow(JSON.parse(event.data) as Hint));
      source.onerror = () => {
        become("lost");
        if (source?.readyState === EventSource.CLOSED) again = window.setTimeout(open, 3000);
      };
    };
    open();
    return () => {
      window.clearTimeout(again);
      source?.close();
      become("connecting");
    };
  }, [enabled]);
}
