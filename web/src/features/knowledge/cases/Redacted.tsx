import { theme, Tooltip } from "antd";
import { useTranslation } from "react-i18next";

const PLACEHOLDER = /(\{(?:name|agent|order_no|tracking_no|phone|email|address|amount|date|id_card|card_no|number)\})/;

/** Text without personal data: what was taken out is marked, so that an editor sees what a draft will fill in. */
export function Redacted({ text }: { text: string }) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  return (
    <span className="kn-quote">
      {text.split(PLACEHOLDER).map((part, at) =>
        PLACEHOLDER.test(part) ? (
          <Tooltip key={at} title={t("cases.redactedHint")}>
            <span className="kn-chip" style={{ background: `color-mix(in srgb, ${token.purple8} 12%, transparent)`, color: token.purple8, margin: "0 1px" }}>
              {t(`cases.placeholders.${part.slice(1, -1) as "name"}`)}
            </span>
          </Tooltip>
        ) : (
          <span key={at}>{part}</span>
        ),
      )}
    </span>
  );
}
