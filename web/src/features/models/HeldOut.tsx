import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/components/format";
import type { Version } from "./KindSection";

interface Held {
  questions: number;
  candidate: number;
  current: number;
  low: number;
  high: number;
  metric: string;
  pValue: number | null;
}

/** What the training measured on questions that it had not seen; null for versions from before that was measured. */
export function heldOut(version: Version): Held | null {
  const found = (version.metrics.held_out ?? {}) as Partial<Held> & { p_value?: number };
  const held: Partial<Held> = found;
  if (typeof held.candidate !== "number" || typeof held.current !== "number") return null;
  return { questions: held.questions ?? 0, candidate: held.candidate, current: held.current, low: held.low ?? 0, high: held.high ?? 0, metric: held.metric ?? "nDCG@10", pValue: typeof found.p_value === "number" ? found.p_value : null };
}

/** Before → after on held-out cases, with the interval of the difference that decided. */
export function HeldOut({ version }: { version: Version }) {
  const { t, i18n } = useTranslation("models");
  const { token } = theme.useToken();
  const { fixed, number, signed } = useFormats();
  const held = heldOut(version);
  if (!held) return <span style={{ color: token.colorTextSecondary }}>{t("notMeasured")}</span>;
  const colour = held.low > 0 ? token.colorSuccessText : held.high < 0 ? token.colorErrorText : token.colorText;
  return (
    <span className="tabular">
      {i18n.exists(`models:metric.${held.metric}`) ? t(`metric.${held.metric}` as "metric.accuracy") : held.metric} {fixed(held.current)} → <strong>{fixed(held.candidate)}</strong>{" "}
      <span style={{ color: colour }} title={t("intervalHint")}>
        [{signed(held.low, 3)}, {signed(held.high, 3)}]
      </span>{" "}
      <span style={{ color: token.colorTextSecondary }}>n = {number(held.questions)}</span>
    </span>
  );
}
