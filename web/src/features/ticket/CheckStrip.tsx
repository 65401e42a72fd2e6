import { CheckCircleOutlined, LockOutlined, WarningOutlined } from "@ant-design/icons";
import { Tag, theme } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Writing } from "./composerState";
import { type Checked, checkReply } from "./data";
import { useReason } from "./reasons";

const PAUSE_MS = 500;

/** What sending will ask about, said while there is time to change it. */
export function CheckStrip({ ticketId, writing, onDrop }: { ticketId: number; writing: Writing; onDrop: (passageId: number) => void }) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const reason = useReason();
  const [checked, setChecked] = useState<{ text: string; result: Checked } | null>(null);
  const sources = writing.sources.map((one) => one.passageId).join();
  const held = (writing.suggestionId !== null || sources !== "") && writing.text.trim() !== "";
  useEffect(() => {
    if (!held) return undefined;
    let stale = false;
    const timer = window.setTimeout(() => {
      checkReply(ticketId, { text: writing.text, suggestion_id: writing.suggestionId, sources: sources === "" ? [] : sources.split(",").map(Number) })
        .then((result) => !stale && result && setChecked({ text: writing.text, result }))
        .catch(() => undefined); // sending checks again, and says what is wrong
    }, PAUSE_MS);
    return () => {
      stale = true;
      window.clearTimeout(timer);
    };
  }, [held, ticketId, writing.text, writing.suggestionId, sources]);
  const sentences = held && checked?.text === writing.text ? checked.result.sentences : null;
  const doubtful = sentences?.filter((one) => one.confirm) ?? [];
  const supported = sentences?.filter((one) => one.verdict === "supported").length ?? 0;
  if (!held && writing.sources.length === 0) return null;
  return (
    <div className="ticket-check" aria-live="polite">
      {writing.sources.map((one) => (
        <Tag
          key={one.passageId}
          color={one.audience === "public" ? "default" : "warning"}
          icon={one.audience === "public" ? undefined : <LockOutlined />}
          closable={{ "aria-label": t("sources.remove", { title: one.title }) }}
          onClose={() => onDrop(one.passageId)}
        >
          {one.title}
        </Tag>
      ))}
      {doubtful.map((one) => (
        <div key={`${one.start}`} style={{ color: token.colorErrorText }}>
          <WarningOutlined /> <span className="ticket-doubt">{one.text}</span>
          {t("list.colon")}
          {one.reasons.map(reason).join(t("list.and"))}
        </div>
      ))}
      {sentences && doubtful.length === 0 && supported > 0 && (
        <div style={{ color: token.colorTextSecondary }}>
          <CheckCircleOutlined style={{ color: token.colorSuccess }} /> {t("check.fine", { count: supported })}
        </div>
      )}
    </div>
  );
}
