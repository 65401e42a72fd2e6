import { theme } from "antd";
import type { Key, ReactNode } from "react";
import "./data-table.css";

export interface Head {
  label: ReactNode;
  /** figures stand at the end of their column */
  figure?: boolean;
}

interface Props {
  label: string;
  heads: readonly Head[];
  /** one cell a head */
  rows: readonly { key: Key; cells: readonly ReactNode[] }[];
  /** the first cell names its row */
  named?: boolean;
  /** scrolls within a low frame */
  low?: boolean;
}

/** A plain table that scrolls sideways by itself, for figures that are read and not worked with. */
export function DataTable({ label, heads, rows, named = true, low = false }: Props) {
  const { token } = theme.useToken();
  const of = (column: number) => (heads[column]?.figure ? "data-figure" : undefined);
  return (
    <div className={low ? "data-scroll data-low" : "data-scroll"} tabIndex={0} role="region" aria-label={label}>
      <table className="data-table tabular">
        <thead>
          <tr style={{ color: token.colorTextSecondary }}>
            {heads.map((head, column) => (
              <th key={column} scope="col" className={of(column)}>
                {head.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key} style={{ borderColor: token.colorBorderSecondary }}>
              {cells.map((cell, column) =>
                named && column === 0 ? (
                  <th key={column} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={column} className={of(column)}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
