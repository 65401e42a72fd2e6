import { theme } from "antd";
import { LineChart } from "echarts/charts";
import { GridComponent, LegendComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useFormats } from "@/components/format";

register([LineChart, GridComponent, LegendComponent, CanvasRenderer]);

/** Share accepted over the mean score of each bin, its 95% interval, and the line on which both are equal. */
export function ReliabilityChart({ found }: { found: Schemas["ReliabilityOut"] }) {
  const { t } = useTranslation("autonomy");
  const { token } = theme.useToken();
  const { number } = useFormats();
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!frame.current) return undefined;
    const chart = init(frame.current);
    const text = { color: token.colorTextSecondary, fontFamily: token.fontFamily, fontSize: 12 };
    const axis = { type: "value", min: 0, max: 1, axisLabel: text, nameTextStyle: text, nameLocation: "middle", splitLine: { lineStyle: { color: token.colorBorderSecondary } } };
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: token.fontFamily },
      grid: { left: 28, right: 12, top: 34, bottom: 26, containLabel: true },
      legend: { top: 0, left: 0, data: [t("reliability.found"), t("reliability.ideal")], textStyle: text },
      xAxis: { ...axis, name: t("reliability.score"), nameGap: 26 },
      yAxis: { ...axis, name: t("reliability.share"), nameGap: 36 },
      series: [
        { name: t("reliability.ideal"), type: "line", data: [[0, 0], [1, 1]], color: token.colorTextTertiary, showSymbol: false, lineStyle: { type: "dashed", width: 1 } },
        {
          name: t("reliability.found"),
          type: "line",
          data: found.bins.map((one) => [one.mean_score, one.right / one.n]),
          color: token.colorPrimary,
          symbol: "circle",
          symbolSize: 7,
          lineStyle: { width: 2 },
        },
        {
          // an upright stroke a bin; a gap ends each
          name: "interval",
          type: "line",
          data: found.bins.flatMap((one) => [
            [one.mean_score, one.share_low],
            [one.mean_score, one.share_high],
            ["-", "-"],
          ]),
          color: token.colorPrimary,
          showSymbol: false,
          lineStyle: { width: 1 },
        },
      ],
    });
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(frame.current);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [found, t, token]);
  return <div ref={frame} role="img" aria-label={t("reliability.n", { n: number(found.n), ece: number(found.ece, 3) })} style={{ height: 300 }} />;
}
