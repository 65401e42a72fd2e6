import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/components/format";
import type { Asked } from "./BotCard";
import { useIntents } from "@/api/lookups";

const SHOWN = 3;

/** What the question was taken for, and what it took. */
export function Classified({ asked }: { asked: Asked }) {
  const { t } = useTranslation("playground");
  const common = useTranslation().t;
  const { token } = theme.useToken();
  const formats = useFormats();
  const { nameOf } = useIntents();
  const { classification, latency_ms: times } = asked;
  const stages = ["encode", "classify", "search", "draft", "verify"] as const;
  return (
    <section className="pg-card pg-pad" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }}>
      <h2>{t("classified.title")}</h2>
      <p style={{ margin: "0 0 8px" }}>
        {classification.intent === null ? t("classified.abstained") : <b>{nameOf(classification.intent)}</b>} <span style={{ color: token.colorTextSecondary }}>· {common(`priority.${classification.priority as "normal"}`)}</span>
        {classification.out_of_scope > 0.5 && <span style={{ color: token.colorWarning }}> · {t("classified.outOfScope")}</span>}
      </p>
      {classification.ranking.slice(0, SHOWN).map(([intent, confidence]) => (
        <div key={intent} className="pg-meter">
          <span>{nameOf(intent)}</span>
          <span className="pg-bar" style={{ background: token.colorFillSecondary }}>
            <span style={{ width: `${Math.round(confidence * 100)}%`, background: token.colorPrimary }} />
          </span>
          <span className="tabular">{formats.percent(confidence)}</span>
        </div>
      ))}
      <h2 style={{ marginTop: 14 }}>{t("classified.times", { ms: formats.number(times.total ?? 0) })}</h2>
      <div style={{ display: "flex", flexWrap: "wrap", gap: "2px 14px", color: token.colorTextSecondary, fontSize: 12 }} className="tabular">
        {stages.map((stage) => (
          <span key={stage}>
            {t(`stage.${stage}`)} {formats.number(times[stage] ?? 0, 1)} ms
          </span>
        ))}
      </div>
    </section>
  );
}
