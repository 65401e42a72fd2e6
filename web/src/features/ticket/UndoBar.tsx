import { Button, theme } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "./data";

/** When this browser first saw a waiting reply: seconds are counted from there, whatever its clock says. */
const firstSeen = new Map<number, number>();

function secondsLeft(message: Message): number {
  if (message.send_after === null) return 0;
  const delay = Date.parse(message.send_after) - Date.parse(message.created_at);
  const seen = firstSeen.get(message.id) ?? Date.now();
  firstSeen.set(message.id, seen);
  return Math.ceil((delay - (Date.now() - seen)) / 1000);
}

/** The reply of this member of staff that can still be taken back. */
export function useUndoable(messages: readonly Message[], staffId: number | null): { message: Message; seconds: number } | null {
  const message = messages.findLast((one) => one.delivery?.state === "queued" && one.send_after !== null && one.author_id === staffId) ?? null;
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!message) return undefined;
    const timer = window.setInterval(() => setTick((count) => count + 1), 500);
    return () => window.clearInterval(timer);
  }, [message]);
  if (!message) return null;
  const seconds = secondsLeft(message);
  return seconds > 0 ? { message, seconds } : null;
}

export function UndoBar({ seconds, onUndo }: { seconds: number; onUndo: () => void }) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  return (
    <div className="ticket-undo" style={{ background: token.colorPrimaryBg, color: token.colorText }}>
      <span role="status">{t("undo.waiting")}</span>
      <span className="tabular" aria-hidden="true">
        {t("undo.seconds", { count: seconds })}
      </span>
      <Button size="small" onClick={onUndo}>
        {t("undo.undo")} <kbd>Z</kbd>
      </Button>
    </div>
  );
}
