import { Segmented, theme } from "antd";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/components/format";
import { type Figure, type Summary, useSliceName, useWords } from "./data";
import { GROUPS, LOWER, metricKey, SLICES, type SliceName } from "./metrics";

/** A figure with its 95% interval. */
export function FigureText({ metric, figure, brief = false }: { metric: string; figure: Figure | undefined; brief?: boolean }) {
  const { t } = useTranslation("evaluation");
  const { token } = theme.useToken();
  const { fixed } = useFormats();
  if (!figure) return <span style={{ color: token.colorTextSecondary }}>–</span>;
  const digits = metric === "latency_ms" ? 0 : 3;
  const interval = figure.ci === null ? t("figures.few") : `${fixed(figure.ci[0], digits)}–${fixed(figure.ci[1], digits)}`;
  return (
    <span className="tabular" title={`${t("figures.interval")} ${interval}`}>
      {fixed(figure.value, digits)}
      {!brief && <span className="ev-interval" style={{ color: token.colorTextSecondary }}>{interval}</span>}
    </span>
  );
}

/** Every figure of a run, of all its cases or slice by slice. */
export function Figures({ summary }: { summary: Summary }) {
  const { t } = useWords();
  const { token } = theme.useToken();
  const { number } = useFormats();
  const sliceName = useSliceName();
  const [by, setBy] = useState<SliceName>("all");
  const slices = Object.entries(summary.groups?.[by] ?? {}).sort((a, b) => b[1].cases - a[1].cases);
  const present = (metric: string) => slices.some(([, slice]) => slice.figures[metric] !== undefined);
  const name = (value: string) => sliceName(by, value);
  return (
    <section className="ev-card" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }} aria-label={t("figures.title")}>
      <header className="ev-head">
        <h2>{t("figures.title")}</h2>
        <span className="ev-grow" />
        <div className="ev-scroll-x">
          <Segmented<SliceName> size="small" aria-label={t("figures.by")} value={by} onChange={setBy} options={SLICES.map((value) => ({ value, label: t(`slice.${value}`) }))} />
        </div>
      </header>
      {slices.length === 0 ? (
        <p className="ev-pad" style={{ color: token.colorTextSecondary }}>
          {t("figures.noSlice")}
        </p>
      ) : (
        <div className="ev-scroll" tabIndex={0} role="region" aria-label={t("figures.title")}>
          <table className="ev-table ev-figures">
            <thead>
              <tr style={{ color: token.colorTextSecondary }}>
                <th scope="col">{t("figures.figure")}</th>
                {slices.map(([value, slice]) => (
                  <th key={value} scope="col" className="ev-number">
                    {name(value)}
                    <div className="ev-small">n = {number(slice.cases)}</div>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {GROUPS.filter((group) => group.metrics.some(present)).map((group) => (
                <Fragment key={group.name}>
                  <tr className="ev-group">
                    <th scope="rowgroup" colSpan={slices.length + 1} style={{ color: token.colorTextSecondary, background: token.colorFillQuaternary }}>
                      {t(`group.${group.name}`)}
                    </th>
                  </tr>
                  {group.metrics.filter(present).map((metric) => (
                    <tr key={metric} style={{ borderColor: token.colorBorderSecondary }}>
                      <th scope="row" title={t(`about.${metricKey(metric)}` as "about.right")}>
                        {t(`metric.${metricKey(metric)}` as "metric.right")}
                        {LOWER.has(metric) && (
                          <span className="ev-small" style={{ color: token.colorTextSecondary }}>
                            {" "}
                            {t("figures.lower")}
                          </span>
                        )}
                      </th>
                      {slices.map(([value, slice]) => (
                        <td key={value} className="ev-number">
                          <FigureText metric={metric} figure={slice.figures[metric]} />
                        </td>
                      ))}
                    </tr>
                  ))}
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
