/** The sentences of a draft while it is written, each already verified. The finished draft is read as usual. */
import { useEffect, useState } from "react";
import type { Sentence } from "./data";
import { refresh } from "./data";

type Arriving = Sentence & { attempt: number; ordinal: number };

export function useDraftStream(ticketId: number, suggestionId: number | null): readonly Sentence[] {
  const [state, setState] = useState<{ of: number | null; sentences: readonly Arriving[] }>({ of: null, sentences: [] });
  useEffect(() => {
    if (suggestionId === null) return undefined;
    const source = new EventSource(`/api/v1/suggestions/${suggestionId}/stream`);
    source.addEventListener("sentence", (event: MessageEvent<string>) => {
      const one = JSON.parse(event.data) as Arriving;
      setState((now) => {
        const kept = now.of === suggestionId ? now.sentences.filter((other) => other.attempt === one.attempt && other.ordinal !== one.ordinal) : [];
        return { of: suggestionId, sentences: [...kept, one].sort((a, b) => a.ordinal - b.ordinal) };
      });
    });
    source.addEventListener("reset", () => setState({ of: suggestionId, sentences: [] }));
    source.addEventListener("done", () => {
      source.close();
      void refresh(ticketId);
    });
    return () => source.close();
  }, [ticketId, suggestionId]);
  return state.of === suggestionId ? state.sentences : [];
}
