/** One change of the chosen tickets, told in one line with its undo. */
import { App, Button } from "antd";
import { useCallback, useRef } from "react";
import { useTranslation } from "react-i18next";
import { client, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";
import type { Row } from "./views";

export type Changes = Schemas["BulkChangesIn"];
export const MOST = 200;
const UNDO_SECONDS = 10;
const KEY = "inbox-bulk";

export function useBulk(after: (ids: number[]) => void) {
  const { t } = useTranslation("inbox");
  const { message } = App.useApp();
  const errorText = useErrorText();
  const last = useRef<number | null>(null);

  const settle = useCallback(
    (ids: number[]) => {
      for (const id of ids) void invalidate("/api/v1/tickets/{ticket_id}", { ticket_id: id });
      void invalidate("/api/v1/inbox/counts");
      after(ids);
    },
    [after],
  );

  const undo = useCallback(async () => {
    if (last.current === null) return;
    const id = last.current;
    last.current = null;
    try {
      const { data } = await client.POST("/api/v1/tickets/bulk/{bulk_id}/undo", { params: { path: { bulk_id: id } } });
      const results = data?.results ?? [];
      const left = results.filter((one) => one.result !== "changed").length;
      message.open({
        key: KEY,
        type: left > 0 ? "warning" : "success",
        content: left > 0 ? t("bulk.undonePartly", { left, count: results.length - left }) : t("bulk.undone", { count: results.length }),
      });
      settle(results.map((one) => one.ticket_id));
    } catch (error) {
      message.open({ key: KEY, type: "error", content: errorText(error) });
    }
  }, [errorText, message, settle, t]);

  const change = useCallback(
    async (rows: readonly Pick<Row, "id" | "version">[], changes: Partial<Changes>) => {
      try {
        const { data } = await client.POST("/api/v1/tickets/bulk", {
          body: {
            tickets: rows.map(({ id, version }) => ({ id, version })),
            changes: { add_tags: [], remove_tags: [], ...changes },
          },
        });
        if (!data) return;
        const count = (kind: string) => data.results.filter((one) => one.result === kind).length;
        const changed = count("changed");
        const conflicts = count("conflict");
        const refused = data.results.find((one) => one.result === "refused");
        last.current = changed > 0 ? data.id : null;
        const parts = [t("bulk.changed", { count: changed })];
        if (conflicts > 0) parts.push(t("bulk.conflict", { count: conflicts }));
        if (refused) parts.push(`${t("bulk.refused", { count: count("refused") })} ${refused.detail}`);
        if (count("missing") > 0) parts.push(t("bulk.missing", { count: count("missing") }));
        message.open({
          key: KEY,
          type: changed === rows.length ? "success" : "warning",
          duration: UNDO_SECONDS,
          content: (
            <span>
              {parts.join(" · ")}
              {changed > 0 && (
                <Button type="link" size="small" onClick={() => void undo()}>
                  {t("bulk.undo")} <kbd>z</kbd>
                </Button>
              )}
            </span>
          ),
        });
        settle(data.results.map((one) => one.ticket_id));
      } catch (error) {
        message.open({ key: KEY, type: "error", content: errorText(error) });
      }
    },
    [errorText, message, settle, t, undo],
  );

  return { change, undo };
}
