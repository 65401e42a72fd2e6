/** The inbox's part of the keyboard. What a ticket itself can do is registered by the ticket. */
import { useTranslation } from "react-i18next";
import { useShortcuts } from "@/keyboard/registry";
import type { Verb } from "./useChooser";
import type { ViewItem } from "./ViewsColumn";

interface Actions {
  items: readonly ViewItem[];
  openId: number | null;
  anyChosen: boolean;
  anyTarget: boolean;
  mayChange: boolean;
  step: (by: 1 | -1) => void;
  openFocused: () => void;
  leave: () => void;
  toggle: () => void;
  toSearch: () => void;
  setView: (key: string) => void;
  ask: (verb: Verb) => void;
  undo: () => void;
  save: () => void;
  reload: () => void;
}

export function useKeys(act: Actions): void {
  const { t } = useTranslation("inbox");
  // an open ticket has pickers of its own for these; with tickets chosen they are the bulk's
  const off = !act.mayChange || !act.anyTarget || (act.openId !== null && !act.anyChosen);
  useShortcuts(t("keys.group"), [
    { keys: "j", label: t("keys.next"), run: () => act.step(1) },
    { keys: "k", label: t("keys.previous"), run: () => act.step(-1) },
    { keys: "Enter", label: t("keys.open"), run: act.openFocused, disabled: act.openId !== null },
    { keys: "Escape", label: t(act.anyChosen ? "keys.none" : "keys.close"), run: act.leave, disabled: !act.anyChosen && act.openId === null },
    { keys: "x", label: t("keys.choose"), run: act.toggle, disabled: !act.mayChange },
    { keys: "/", label: t("keys.search"), run: act.toSearch },
    { keys: "t", label: t("keys.assign"), run: () => act.ask("assign"), disabled: off },
    { keys: "s", label: t("keys.status"), run: () => act.ask("status"), disabled: off },
    { keys: "p", label: t("keys.priority"), run: () => act.ask("priority"), disabled: off },
    { keys: "", label: t("keys.addTag"), run: () => act.ask("addTag"), disabled: off },
    { keys: "z", label: t("keys.undo"), run: act.undo, disabled: !act.mayChange },
    { keys: "", label: t("views.save"), run: act.save },
    { keys: "", label: t("keys.reload"), run: act.reload },
  ]);
  useShortcuts(
    t("views.label"),
    act.items.map((item, index) => ({
      keys: index < 9 ? String(index + 1) : "",
      label: item.group ? `${item.group}${t("colon", { ns: "common" })}${item.label}` : item.label,
      run: () => act.setView(item.key),
    })),
  );
}
