import { Segmented, theme } from "antd";
import { useState } from "react";
import { NativeSelect } from "@/components/NativeSelect";
import { useFormats } from "@/components/format";
import { useSliceName, useWords, type Figure, type Summary } from "./data";
import { GROUPS, metricKey, SLICES, type SliceName } from "./metrics";
import "./slices.css";

const BY = SLICES.filter((one) => one !== "all");

/** One figure of every slice below one another, each with its interval drawn: a table that is a chart. */
export function SliceFigure({ summary }: { summary: Summary }) {
  const { t } = useWords();
  const { token } = theme.useToken();
  const { fixed, number } = useFormats();
  const sliceName = useSliceName();
  const all = summary.groups?.all?.all?.figures ?? {};
  const groups = GROUPS.map((group) => ({ name: group.name, metrics: group.metrics.filter((metric) => all[metric] !== undefined) }));
  const known = groups.flatMap((group) => group.metrics as readonly string[]);
  const [by, setBy] = useState<SliceName>("language");
  const [chosen, setChosen] = useState("accuracy");
  const metric = known.includes(chosen) ? chosen : (known[0] ?? "");
  const overall = all[metric];
  const rows = Object.entries(summary.groups?.[by] ?? {})
    .flatMap(([value, slice]) => (slice.figures[metric] === undefined ? [] : [{ value, cases: slice.cases, figure: slice.figures[metric] }]))
    .sort((a, b) => b.cases - a.cases);
  const ends = [overall, ...rows.map((row) => row.figure)].flatMap((one) => (one ? [one.value, ...(one.ci ?? [])] : []));
  const [low, high] = [Math.min(0, ...ends), Math.max(metric === "latency_ms" ? 0 : 1, ...ends)];
  const place = (value: number) => `${(100 * (value - low)) / (high - low || 1)}%`;
  const digits = metric === "latency_ms" ? 0 : 3;
  const title = t("slices.title");
  return (
    <section className="ev-card" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }} aria-label={title}>
      <header className="ev-head">
        <h2>{title}</h2>
        <NativeSelect
          label={t("figures.figure")}
          value={metric}
          onChange={setChosen}
          choices={groups.flatMap((group) => group.metrics.map((one) => ({ value: one, label: t(`metric.${metricKey(one)}` as "metric.right"), group: t(`group.${group.name}`) })))}
        />
        <span className="ev-grow" />
        <div className="ev-scroll-x">
          <Segmented<SliceName> size="small" aria-label={t("slices.by")} value={by} onChange={setBy} options={BY.map((value) => ({ value, label: t(`slice.${value}`) }))} />
        </div>
      </header>
      <p className="ev-pad ev-small" style={{ color: token.colorTextSecondary, margin: 0 }}>
        {t("slices.hint")}
      </p>
      {rows.length === 0 ? (
        <p className="ev-pad" style={{ color: token.colorTextSecondary }}>
          {t("figures.noSlice")}
        </p>
      ) : (
        <div className="ev-scroll ev-low ev-pad" tabIndex={0} role="region" aria-label={title}>
          <table className="ev-slices">
            <thead className="visually-hidden">
              <tr>
                <th scope="col">{t(`slice.${by}`)}</th>
                <th scope="col">{t("slices.cases")}</th>
                <th scope="col">{t("slices.drawn")}</th>
                <th scope="col">{t(`metric.${metricKey(metric)}` as "metric.right")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ value, cases, figure }) => (
                <tr key={value}>
                  <th scope="row">{sliceName(by, value)}</th>
                  <td className="ev-small tabular" style={{ color: token.colorTextSecondary }}>
                    n = {number(cases)}
                  </td>
                  <td className="ev-slices-drawn">
                    <Whisker figure={figure} overall={overall} place={place} />
                  </td>
                  <td className="tabular ev-slices-figure">
                    {fixed(figure.value, digits)}{" "}
                    <span className="ev-small" style={{ color: token.colorTextSecondary }}>
                      {figure.ci === null ? t("figures.few") : `${fixed(figure.ci[0], digits)}–${fixed(figure.ci[1], digits)}`}
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** The figure as a dot, its interval as a bar, and a line where all cases together are. */
function Whisker({ figure, overall, place }: { figure: Figure; overall: Figure | undefined; place: (value: number) => string }) {
  const { token } = theme.useToken();
  return (
    <span className="ev-whisker" aria-hidden="true" style={{ background: token.colorFillQuaternary }}>
      {figure.ci !== null && <span style={{ insetInlineStart: place(figure.ci[0]), width: `calc(${place(figure.ci[1])} - ${place(figure.ci[0])})`, background: token.colorPrimaryBorder }} />}
      {overall && <i style={{ insetInlineStart: place(overall.value), background: token.colorTextTertiary }} />}
      <b style={{ insetInlineStart: place(figure.value), background: token.colorPrimary }} />
    </span>
  );
}
