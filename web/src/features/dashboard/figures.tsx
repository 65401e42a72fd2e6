/** A number, where it comes from, how sure it is, and what it was before. */
import { InfoCircleOutlined } from "@ant-design/icons";
import { Popover, theme } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { useFormats } from "@/components/format";

export type Share = Schemas["ShareOut"];
export type Durations = Schemas["DurationsOut"];
/** A share of fewer than this says little: its interval is wider than a fifth. */
const FEW = 30;

/** "3 分 20 秒", "5 小时 12 分", "2.4 天" */
export function useDuration(): (seconds: number) => string {
  const { t } = useTranslation("dashboard");
  const formats = useFormats();
  return (seconds) => {
    if (seconds < 60) return t("duration.seconds", { s: Math.round(seconds) });
    if (seconds < 3600) return t("duration.minutes", { m: Math.floor(seconds / 60), s: Math.round(seconds % 60) });
    if (seconds < 48 * 3600) return t("duration.hours", { h: Math.floor(seconds / 3600), m: Math.floor((seconds % 3600) / 60) });
    return t("duration.days", { d: formats.number(seconds / 86_400, 1) });
  };
}

/** Says what the figure counts. Not by click: a press would hide what the pointer or the focus has just shown. */
export function Definition({ of }: { of: string }) {
  const { t } = useTranslation("dashboard");
  const { token } = theme.useToken();
  const name = t(`figure.${of}` as "figure.open");
  return (
    <Popover
      trigger={["hover", "focus"]}
      title={name}
      content={<div style={{ maxWidth: 320 }}>{t(`define.${of}` as "define.open")}</div>}
    >
      <button type="button" className="db-info" aria-label={t("definitionOf", { name })} style={{ color: token.colorTextTertiary }}>
        <InfoCircleOutlined />
      </button>
    </Popover>
  );
}

/** How the figure has changed since the period before; grey while it may be chance. */
export function Change({ text, up, good, certain }: { text: string; up: boolean | null; good: boolean | null; certain: boolean }) {
  const { t } = useTranslation("dashboard");
  const { token } = theme.useToken();
  const colour = !certain || good === null ? token.colorTextSecondary : good ? token.colorSuccess : token.colorError;
  return (
    <span style={{ color: colour }} title={certain ? t("change.before") : t("change.chance")} className="tabular">
      {up === null ? "" : up ? "▲ " : "▼ "}
      {text}
    </span>
  );
}

export function Tile({ of, value, to, children }: { of: string; value: ReactNode; to?: string; children?: ReactNode }) {
  const { t } = useTranslation("dashboard");
  const { token } = theme.useToken();
  return (
    <div className="db-tile" data-figure={of} style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }}>
      <div className="db-tile-name" style={{ color: token.colorTextSecondary }}>
        {t(`figure.${of}` as "figure.open")}
        <Definition of={of} />
      </div>
      <div className="db-tile-value tabular">{to === undefined ? value : <Link to={to}>{value}</Link>}</div>
      <div className="db-tile-note" style={{ color: token.colorTextSecondary }}>
        {children}
      </div>
    </div>
  );
}

export function ShareTile({ of, now, before, better = "up" }: { of: string; now: Share; before: Share; better?: "up" | "none" }) {
  const { t } = useTranslation("dashboard");
  const { percent, number } = useFormats();
  if (now.value === null) return <Tile of={of} value="–">{t("noneYet")}</Tile>;
  const change = before.value === null ? null : now.value - before.value;
  const apart = (now.low ?? 0) > (before.high ?? 1) || (now.high ?? 1) < (before.low ?? 0);
  return (
    <Tile of={of} value={percent(now.value)}>
      <div title={t("intervalHint")}>
        {t("ofTotal", { count: number(now.count), total: number(now.total) })} · {percent(now.low ?? 0)}–{percent(now.high ?? 1)}
        {now.total < FEW && <span> · {t("few")}</span>}
      </div>
      {change !== null && (
        <Change
          text={t("change.points", { n: number(Math.abs(change) * 100, 1) })}
          up={change === 0 ? null : change > 0}
          good={better === "none" || change === 0 ? null : change > 0}
          certain={apart}
        />
      )}
    </Tile>
  );
}

export function DurationTile({ of, now, before }: { of: string; now: Durations; before: Durations }) {
  const { t } = useTranslation("dashboard");
  const { percent, number } = useFormats();
  const duration = useDuration();
  if (now.median === null || now.p90 === null) return <Tile of={of} value="–">{t("noneYet")}</Tile>;
  const change = before.median === null || before.median === 0 ? null : now.median / before.median - 1;
  return (
    <Tile of={of} value={duration(now.median)}>
      <div>
        {t("p90", { value: duration(now.p90) })} · n = {number(now.n)}
        {now.n < FEW && <span> · {t("few")}</span>}
      </div>
      {change !== null && (
        <Change
          text={change > 1 ? t("change.times", { n: number(change + 1, 1) }) : percent(Math.abs(change))}
          up={change === 0 ? null : change > 0}
          good={change === 0 ? null : change < 0}
          certain={now.n >= FEW && before.n >= FEW}
        />
      )}
    </Tile>
  );
}
