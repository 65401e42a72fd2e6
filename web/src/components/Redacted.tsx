import { theme, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { plain } from "./plain";

const PLACEHOLDER = /(\{(?:name|agent|order_no|tracking_no|phone|email|address|amount|date|id_card|card_no|number)\})/;

/** Text without personal data: what was taken out is marked by a word, so that a reader sees what was meant. */
export function Redacted({ text }: { text: string }) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const parts = text.split(PLACEHOLDER);
  if (parts.length === 1) return <>{text}</>;
  const chip = { padding: "0 5px", margin: "0 1px", borderRadius: 4, fontSize: "0.86em", color: `color-mix(in srgb, ${token.purple8} 55%, ${token.colorText})`, background: `color-mix(in srgb, ${token.purple8} 10%, transparent)` };
  return (
    <>
      {parts.map((part, at) =>
        PLACEHOLDER.test(part) ? (
          <Tooltip key={at} title={t("redacted.hint")}>
            <span style={chip}>{t(`redacted.${part.slice(1, -1) as "name"}`)}</span>
          </Tooltip>
        ) : (
          <span key={at}>{part}</span>
        ),
      )}
    </>
  );
}

/** The beginning of a passage, to be recognised by: neither Markdown's signs nor placeholders. */
export function Excerpt({ text }: { text: string }) {
  return <Redacted text={plain(text)} />;
}
