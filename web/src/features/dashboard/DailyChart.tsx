import { Segmented, theme } from "antd";
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useFormats } from "@/components/format";
import { Panel } from "./Panel";

register([BarChart, LineChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, CanvasRenderer]);

type Day = Schemas["DayOut"];

/** Tickets that began and that were resolved, day by day; the same as a table. */
export function DailyChart({ days }: { days: readonly Day[] }) {
  const { t } = useTranslation("dashboard");
  const [view, setView] = useState<"chart" | "table">("chart");
  return (
    <Panel
      of="daily"
      wide
      extra={
        <Segmented
          size="small"
          aria-label={t("view.label")}
          value={view}
          onChange={setView}
          options={[
            { value: "chart", label: t("view.chart") },
            { value: "table", label: t("view.table") },
          ]}
        />
      }
    >
      {view === "chart" ? <Chart days={days} /> : <Table days={days} />}
    </Panel>
  );
}

function Chart({ days }: { days: readonly Day[] }) {
  const { t, i18n } = useTranslation("dashboard");
  const { token } = theme.useToken();
  const { number } = useFormats();
  const frame = useRef<HTMLDivElement>(null);
  const total = days.reduce((sum, day) => sum + day.created, 0);
  useEffect(() => {
    if (!frame.current) return undefined;
    const chart = init(frame.current);
    const short = new Intl.DateTimeFormat(i18n.language, { month: "numeric", day: "numeric", timeZone: "UTC" });
    const axis = { color: token.colorTextSecondary, fontFamily: token.fontFamily, fontSize: 12 };
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: token.fontFamily },
      grid: { left: 8, right: 12, top: 34, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 8, textStyle: axis },
      // drawn on the canvas: the page's policy allows no style in markup
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        backgroundColor: token.colorBgElevated,
        borderColor: token.colorBorder,
        textStyle: { color: token.colorText, fontSize: 12 },
      },
      xAxis: {
        type: "category",
        data: days.map((day) => short.format(new Date(`${day.day}T00:00:00Z`))),
        axisLabel: axis,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: token.colorBorder } },
      },
      yAxis: { type: "value", minInterval: 1, axisLabel: axis, splitLine: { lineStyle: { color: token.colorBorderSecondary } } },
      series: [
        { name: t("daily.created"), type: "bar", data: days.map((day) => day.created), color: token.colorPrimary, barMaxWidth: 26 },
        {
          name: t("daily.resolved"),
          type: "line",
          data: days.map((day) => day.resolved),
          color: token.colorWarning,
          symbolSize: 5,
          showSymbol: days.length < 40,
          lineStyle: { width: 2 },
        },
      ],
    });
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(frame.current);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [days, i18n.language, t, token]);
  return <div ref={frame} role="img" aria-label={t("daily.summary", { n: number(total), days: days.length })} style={{ height: 240 }} />;
}

function Table({ days }: { days: readonly Day[] }) {
  const { t } = useTranslation("dashboard");
  const { number } = useFormats();
  return (
    <div className="db-scroll" tabIndex={0} role="region" aria-label={t("figure.daily")}>
      <table className="db-table">
        <thead>
          <tr>
            <th scope="col">{t("daily.day")}</th>
            <th scope="col" className="db-number">
              {t("daily.created")}
            </th>
            <th scope="col" className="db-number">
              {t("daily.resolved")}
            </th>
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <tr key={day.day}>
              <th scope="row" className="tabular">
                {day.day}
              </th>
              <td className="db-number tabular">{number(day.created)}</td>
              <td className="db-number tabular">{number(day.resolved)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
