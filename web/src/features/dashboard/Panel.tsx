import { theme } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFormats } from "@/components/format";
import { Definition } from "./figures";

/** A block of the dashboard with a name, what it counts, and perhaps something to press. */
export function Panel({ of, wide = false, whole = false, extra, children }: { of: string; wide?: boolean; whole?: boolean; extra?: ReactNode; children: ReactNode }) {
  const { t } = useTranslation("dashboard");
  const { token } = theme.useToken();
  return (
    <section
      className={whole ? "db-panel db-whole" : wide ? "db-panel db-wide" : "db-panel"}
      data-panel={of}
      aria-label={t(`figure.${of}` as "figure.open")}
      style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }}
    >
      <header>
        <h2>{t(`figure.${of}` as "figure.open")}</h2>
        <Definition of={of} />
        <span style={{ flex: 1 }} />
        {extra}
      </header>
      {children}
    </section>
  );
}

export function Nothing({ children }: { children?: ReactNode }) {
  const { t } = useTranslation("dashboard");
  const { token } = theme.useToken();
  return <p style={{ margin: "18px 0", textAlign: "center", color: token.colorTextSecondary }}>{children ?? t("nothing")}</p>;
}

export interface Bar {
  key: string;
  label: string;
  count: number;
  before?: number;
  note?: string;
  to?: string;
}

/** Counts beside each other: a table whose bars are drawn in it. */
export function Bars({ rows, first, counted, compare = false }: { rows: readonly Bar[]; first: string; counted: string; compare?: boolean }) {
  const { t } = useTranslation("dashboard");
  const { token } = theme.useToken();
  const { number } = useFormats();
  const most = Math.max(1, ...rows.map((row) => row.count));
  if (rows.length === 0) return <Nothing />;
  return (
    <table className="db-table">
      <thead>
        <tr style={{ color: token.colorTextSecondary }}>
          <th scope="col">{first}</th>
          <th scope="col" className="db-bar-head">
            <span className="visually-hidden">{t("bar")}</span>
          </th>
          <th scope="col" className="db-number">
            {counted}
          </th>
          {compare && (
            <th scope="col" className="db-number">
              {t("before")}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            <th scope="row" title={row.note ?? row.label}>
              {row.to === undefined ? row.label : <Link to={row.to}>{row.label}</Link>}
            </th>
            <td aria-hidden="true">
              <span className="db-bar" style={{ width: `${(100 * row.count) / most}%`, background: token.colorPrimary }} />
            </td>
            <td className="db-number tabular">{number(row.count)}</td>
            {compare && (
              <td className="db-number tabular" style={{ color: token.colorTextSecondary }}>
                {number(row.before ?? 0)}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
