/** What can be done with the chosen tickets: which chooser is open, and what its choice does. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useSignedIn } from "@/api/session";
import { type Choice, Chooser } from "./Chooser";
import type { Changes } from "./useBulk";
import { type Counts, PRIORITIES, type Priority, type Row, type Status, STATUSES } from "./views";

export type Verb = "assign" | "status" | "priority" | "addTag" | "removeTag";

export function useChooser(rows: readonly Row[], counts: Counts | undefined, apply: (changes: Partial<Changes>) => void) {
  const { t } = useTranslation("inbox");
  const me = useSignedIn();
  const [verb, setVerb] = useState<Verb | null>(null);
  const staff = api.useQuery("get", "/api/v1/staff", {}, { enabled: verb === "assign" });
  const tags = [...new Set([...rows.flatMap((row) => row.tags), ...Object.keys(counts?.tag ?? {})])];

  // the server refuses whoever does not work for the ticket's shop: do not offer them
  const mayHave = (shops: readonly number[]) => shops.length === 0 || rows.every((row) => shops.includes(row.shop_id));

  const choices: Record<Verb, () => Choice[]> = {
    assign: () => [
      { key: String(me.id), label: t("chooser.me"), hint: me.name },
      ...(staff.data ?? [])
        .filter((one) => one.active && one.id !== me.id && one.role !== "editor" && mayHave(one.shops))
        .map((one) => ({ key: String(one.id), label: one.display_name, hint: t(`role.${one.role}`, { ns: "common" }) })),
      { key: "nobody", label: t("chooser.nobody") },
    ],
    status: () => STATUSES.map((one) => ({ key: one, label: t(`status.${one}`, { ns: "common" }) })),
    priority: () => PRIORITIES.map((one) => ({ key: one, label: t(`priority.${one}`, { ns: "common" }) })),
    addTag: () => tags.map((tag) => ({ key: tag, label: tag })),
    removeTag: () => [...new Set(rows.flatMap((row) => row.tags))].map((tag) => ({ key: tag, label: tag })),
  };
  const change: Record<Verb, (key: string) => Partial<Changes>> = {
    assign: (key) => ({ assignee_id: key === "nobody" ? null : Number(key) }),
    status: (key) => ({ status: key as Status }),
    priority: (key) => ({ priority: key as Priority }),
    addTag: (key) => ({ add_tags: [key] }),
    removeTag: (key) => ({ remove_tags: [key] }),
  };
  const dialog: ReactNode = verb !== null && rows.length > 0 && (
    <Chooser
      title={t(`chooser.${verb}`, { count: rows.length })}
      choices={choices[verb]()}
      free={verb === "addTag"}
      onClose={() => setVerb(null)}
      onChoose={(key) => apply(change[verb](key))}
    />
  );
  return { ask: setVerb, dialog };
}
