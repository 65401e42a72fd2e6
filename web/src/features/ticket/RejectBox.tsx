import { Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

const REASONS = ["offTopic", "wrong", "outdated", "incomplete", "tone"] as const;

/** Why a draft is no good: a number or some words. */
export function RejectBox({ onCancel, onReject }: { onCancel: () => void; onReject: (reason: string) => Promise<void> }) {
  const { t } = useTranslation("ticket");
  const [text, setText] = useState("");
  const pick = (index: number) => {
    const reason = REASONS[index];
    if (reason) void onReject(t(`reject.${reason}`));
  };
  return (
    <div className="ticket-reject" role="group" aria-label={t("reject.label")}>
      <div className="ticket-kinds">
        {REASONS.map((reason, index) => (
          <Button key={reason} size="small" onClick={() => pick(index)}>
            {t(`reject.${reason}`)} <kbd>{index + 1}</kbd>
          </Button>
        ))}
      </div>
      <div style={{ display: "flex", gap: 8 }}>
        <Input
          autoFocus
          value={text}
          maxLength={2000}
          aria-label={t("reject.label")}
          placeholder={t("reject.placeholder")}
          onChange={(event) => setText(event.target.value)}
          onPressEnter={() => text.trim() && void onReject(text)}
          onKeyDown={(event) => {
            if (event.key === "Escape") onCancel();
            if (text === "" && /^[1-5]$/.test(event.key)) {
              event.preventDefault();
              pick(Number(event.key) - 1);
            }
          }}
        />
        <Button danger disabled={!text.trim()} onClick={() => void onReject(text)}>
          {t("suggestion.reject")}
        </Button>
        <Button onClick={onCancel}>{t("confirm.cancel")}</Button>
      </div>
    </div>
  );
}
