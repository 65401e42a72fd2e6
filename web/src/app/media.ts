/** Media queries to be used with `useSyncExternalStore`. */
export interface Media {
  readonly matches: () => boolean;
  readonly subscribe: (listener: () => void) => () => void;
}

/** Keeps by its events whether `query` matches: Chromium sends no `change` for what somebody has read meanwhile. */
export function media(query: string): Media {
  const list = matchMedia(query);
  const listeners = new Set<() => void>();
  let matches = list.matches;
  list.addEventListener("change", (event) => {
    matches = event.matches;
    for (const listener of listeners) listener();
  });
  return {
    matches: () => matches,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
