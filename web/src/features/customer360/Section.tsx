import { theme } from "antd";
import type { ReactNode } from "react";

/** A titled block of a detail page, on the page's own ground. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const { token } = theme.useToken();
  return (
    <section className="c360-section c360-block" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
