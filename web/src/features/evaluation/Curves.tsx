import { Segmented, theme } from "antd";
import { LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use as register, type EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/DataTable";
import { useFormats } from "@/components/format";
import type { Bin, Summary } from "./data";
import { SliceFigure } from "./SliceFigure";

register([LineChart, ScatterChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, CanvasRenderer]);

/** Risk over coverage, and what was right at which confidence; each as a table too. */
export function Curves({ summary }: { summary: Summary }) {
  const { t } = useTranslation("evaluation");
  return (
    <div className="ev-grid">
      <RiskPanel curve={summary.risk_coverage ?? []} />
      <Calibration title={t("curves.calibration")} of={t("curves.answers")} bins={summary.reliability?.answer ?? []} none={t("curves.none")} />
      <Calibration title={t("curves.classifier")} of={t("curves.intents")} bins={summary.reliability?.intent ?? []} none={t("curves.noneLabelled")} />
      <SliceFigure summary={summary} />
    </div>
  );
}

/** How many of the answers would be wrong if only the surest were given: [coverage, risk, confidence] each. */
export function RiskPanel({ curve }: { curve: readonly [number, number, number][] }) {
  const { t } = useTranslation("evaluation");
  const { percent } = useFormats();
  return (
    <Panel
      title={t("curves.risk")}
      hint={t("curves.riskHint")}
      empty={curve.length === 0 ? t("curves.none") : null}
      chart={<RiskCoverage curve={curve} />}
      head={[t("curves.coverage"), t("curves.wrong"), t("curves.confidence")]}
      rows={curve.map(([coverage, risk, confidence]) => [percent(coverage, 1), percent(risk, 1), confidence.toFixed(2)])}
    />
  );
}

/** What was right at which confidence: of the answers, or of the classifier. */
function Calibration({ title, of, bins, none }: { title: string; of: string; bins: readonly Bin[]; none: string }) {
  const { t } = useTranslation("evaluation");
  return (
    <Panel
      title={title}
      hint={t("curves.calibrationHint")}
      empty={bins.length === 0 ? none : null}
      chart={<Reliability of={of} bins={bins} />}
      head={[t("curves.said"), t("curves.was"), t("curves.questions")]}
      rows={bins.map(cells)}
    />
  );
}

const cells = (bin: Bin) => [bin.confidence.toFixed(2), bin.right.toFixed(2), String(Math.round(bin.questions))];

interface PanelProps {
  title: string;
  hint: string;
  /** what to say instead of a chart; null: there is something to draw */
  empty: string | null;
  chart: ReactNode;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

function Panel({ title, hint, empty, chart, head, rows }: PanelProps) {
  const { t } = useTranslation("evaluation");
  const { token } = theme.useToken();
  const [view, setView] = useState<"chart" | "table">("chart");
  return (
    <section className="ev-card" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }} aria-label={title}>
      <header className="ev-head">
        <h2>{title}</h2>
        <span className="ev-grow" />
        <Segmented size="small" aria-label={t("curves.view")} value={view} onChange={setView} options={[{ value: "chart", label: t("curves.chart") }, { value: "table", label: t("curves.table") }]} />
      </header>
      <p className="ev-pad ev-small" style={{ color: token.colorTextSecondary, margin: 0 }}>
        {hint}
      </p>
      {empty !== null ? (
        <p className="ev-pad" style={{ color: token.colorTextSecondary }}>
          {empty}
        </p>
      ) : view === "chart" ? (
        chart
      ) : (
        <DataTable low named={false} label={title} heads={head.map((label) => ({ label }))} rows={rows.map((cells, at) => ({ key: at, cells }))} />
      )}
    </section>
  );
}

/** What both charts share: axes from 0 to 1 in the theme's colours. Drawn on the canvas: the policy allows no style in markup. */
function useBase() {
  const { token } = theme.useToken();
  const text = { color: token.colorTextSecondary, fontFamily: token.fontFamily, fontSize: 12 };
  const axis = (name: string, max: number) => ({
    type: "value",
    min: 0,
    max,
    name,
    nameLocation: "middle",
    nameGap: 26,
    nameTextStyle: text,
    axisLabel: { ...text, formatter: (value: number) => `${Math.round(value * 100)}%` },
    axisLine: { lineStyle: { color: token.colorBorder } },
    splitLine: { lineStyle: { color: token.colorBorderSecondary } },
  });
  const tooltip = { trigger: "axis", renderMode: "richText", backgroundColor: token.colorBgElevated, borderColor: token.colorBorder, textStyle: { color: token.colorText, fontSize: 12 } };
  return { token, text, axis, tooltip };
}

function Canvas({ option, label }: { option: EChartsCoreOption; label: string }) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!frame.current) return undefined;
    const chart = init(frame.current);
    chart.setOption({ animation: false, ...option });
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(frame.current);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [option]);
  return <div ref={frame} role="img" aria-label={label} style={{ height: 260 }} />;
}

function RiskCoverage({ curve }: { curve: readonly [number, number, number][] }) {
  const { t } = useTranslation("evaluation");
  const { percent } = useFormats();
  const { token, axis, tooltip } = useBase();
  const most = Math.max(0.05, ...curve.map(([, risk]) => risk));
  const last = curve.at(-1);
  const option = {
    grid: { left: 56, right: 20, top: 20, bottom: 44 },
    tooltip: { ...tooltip, formatter: (items: { data: number[] }[]) => t("curves.point", { coverage: percent(items[0]?.data[0] ?? 0), risk: percent(items[0]?.data[1] ?? 0, 1) }) },
    xAxis: axis(t("curves.coverage"), 1),
    yAxis: { ...axis(t("curves.wrong"), Math.min(1, Math.ceil(most * 10) / 10)), nameGap: 40 },
    series: [{ type: "line", data: curve.map(([coverage, risk]) => [coverage, risk]), color: token.colorPrimary, symbolSize: 4, lineStyle: { width: 2 }, areaStyle: { opacity: 0.08 } }],
  };
  return <Canvas option={option} label={t("curves.riskSummary", { risk: percent(last?.[1] ?? 0, 1), n: curve.length })} />;
}

function Reliability({ of, bins }: { of: string; bins: readonly Bin[] }) {
  const { t } = useTranslation("evaluation");
  const { token, text, axis, tooltip } = useBase();
  const most = Math.max(...bins.map((bin) => bin.questions));
  const size = (bin: Bin) => 6 + 10 * Math.sqrt(bin.questions / most); // px: a bin of many questions weighs more
  const series = [
    { name: t("curves.ideal"), type: "line", data: [[0, 0], [1, 1]], color: token.colorTextQuaternary, symbol: "none", lineStyle: { type: "dashed", width: 1 } },
    { name: of, type: "line", data: bins.map((bin) => ({ value: [bin.confidence, bin.right, bin.questions], symbolSize: size(bin) })), color: token.colorPrimary, lineStyle: { width: 2 } },
  ];
  const option = {
    grid: { left: 56, right: 20, top: 34, bottom: 44 },
    legend: { top: 2, left: 8, icon: "roundRect", itemWidth: 12, itemHeight: 8, textStyle: text },
    tooltip: {
      ...tooltip,
      trigger: "item",
      formatter: ({ seriesName, value }: { seriesName: string; value: number[] }) =>
        t("curves.bin", { name: seriesName, said: (value[0] ?? 0).toFixed(2), was: (value[1] ?? 0).toFixed(2), n: Math.round(value[2] ?? 0) }),
    },
    xAxis: axis(t("curves.said"), 1),
    yAxis: { ...axis(t("curves.was"), 1), nameGap: 40 },
    series,
  };
  return <Canvas option={option} label={t("curves.calibrationSummary", { of, n: bins.length })} />;
}
