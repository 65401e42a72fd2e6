import { useSyncExternalStore } from "react";

/** Whether an overlay is open, for code that stands outside the component tree. */
function openState() {
  let open = false;
  const listeners = new Set<() => void>();
  const set = (next: boolean) => {
    open = next;
    for (const listener of listeners) listener();
  };
  return {
    set,
    use: () =>
      useSyncExternalStore(
        (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        () => open,
      ),
  };
}

export const helpState = openState();
export const paletteState = openState();
export const openHelp = () => helpState.set(true);
export const openPalette = () => paletteState.set(true);
