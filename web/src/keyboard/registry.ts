/** Every shortcut of the screen that is shown, so that `?` and the palette can list what there is. */
import { useLayoutEffect, useRef, useSyncExternalStore } from "react";

export interface Shortcut {
  /** "j", "Enter", "mod+k" (Ctrl or Cmd), "shift+x", or a sequence "g i". Empty: in the palette only. */
  keys: string;
  label: string;
  run: () => void;
  /** Also while the reader types in a field. */
  whileTyping?: boolean;
  disabled?: boolean;
}

export interface Group {
  name: string;
  shortcuts: readonly Shortcut[];
}

let groups: readonly Group[] = [];
const listeners = new Set<() => void>();
const SEQUENCE_MS = 900;
let pending: { key: string; at: number } | null = null;

function publish(next: readonly Group[]): void {
  groups = next;
  for (const listener of listeners) listener();
}

const OVERLAID =
  ".ant-modal-wrap:not([style*='display: none']), .ant-drawer-open .ant-drawer-content-wrapper:not([style*='display: none']), .ant-dropdown:not(.ant-dropdown-hidden)";

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit"].includes(target.type);
}

/** Enter and Space belong to the control that has the focus. */
function pressesControl(event: KeyboardEvent): boolean {
  if (event.key !== "Enter" && event.key !== " ") return false;
  return event.target instanceof HTMLElement && event.target.closest("button, a, [role=button], [role=menuitem], [role=option], [role=tab]") !== null;
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const mod = event.ctrlKey || event.metaKey ? "mod+" : "";
  // "?" is typed with shift on most keyboards: shift counts for letters only
  const shift = event.shiftKey && /^[a-z]$|^.{2,}$/.test(key) ? "shift+" : "";
  return mod + shift + key;
}

function find(keys: string, isTyping: boolean): Shortcut | undefined {
  for (let index = groups.length - 1; index >= 0; index -= 1) {
    const found = groups[index]?.shortcuts.find(
      (one) => one.keys === keys && !one.disabled && (!isTyping || one.whileTyping === true),
    );
    if (found) return found;
  }
  return undefined;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey || pressesControl(event)) return;
  const isTyping = typing(event.target);
  const name = nameOf(event);
  const sequence = pending && event.timeStamp - pending.at < SEQUENCE_MS ? `${pending.key} ${name}` : null;
  pending = null;
  // an open dialog keeps the keys to itself, except what works while typing; Escape closes what lies on top and nothing else
  const inDialog = document.querySelector(OVERLAID) !== null;
  if (inDialog && event.key === "Escape") return;
  const shortcut = (sequence && find(sequence, isTyping)) || find(name, isTyping || inDialog);
  if (shortcut) {
    event.preventDefault();
    shortcut.run();
  } else if (!isTyping && groups.some((group) => group.shortcuts.some((one) => one.keys.startsWith(`${name} `)))) {
    pending = { key: name, at: event.timeStamp };
  }
}

export function listenToKeys(): () => void {
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

/** Offers these shortcuts as soon as the component can be seen; a later group wins over an earlier one. */
export function useShortcuts(name: string, shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  useLayoutEffect(() => {
    latest.current = shortcuts;
  });
  const shape = JSON.stringify(shortcuts.map(({ keys, label, whileTyping, disabled }) => [keys, label, whileTyping, disabled]));
  useLayoutEffect(() => {
    const group: Group = {
      name,
      shortcuts: latest.current.map((one, index) => ({ ...one, run: () => latest.current[index]?.run() })),
    };
    publish([...groups, group]);
    return () => publish(groups.filter((other) => other !== group));
  }, [name, shape]);
}

export function useGroups(): readonly Group[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => groups,
  );
}
