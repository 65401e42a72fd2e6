import { theme } from "antd";
import type { ReactNode } from "react";

export function Panel({ title, hint, extra, children }: { title: string; hint?: string; extra?: ReactNode; children: ReactNode }) {
  const { token } = theme.useToken();
  return (
    <section className="au-panel" aria-label={title} style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }}>
      <header>
        <h2>{title}</h2>
        {extra}
      </header>
      {hint !== undefined && <p style={{ color: token.colorTextSecondary }}>{hint}</p>}
      {children}
    </section>
  );
}
