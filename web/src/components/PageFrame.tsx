import { Typography } from "antd";
import type { ReactNode } from "react";
import { useEffect } from "react";

/** A screen with a title, what can be done on it, and its content; the inbox has a frame of its own. */
export function PageFrame({ title, hint, actions, children }: { title: string; hint?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Support Copilot`;
  }, [title]);
  return (
    <div style={{ padding: "16px 20px 32px", maxWidth: 1440, margin: "0 auto" }}>
      <div style={{ display: "flex", flexWrap: "wrap", gap: 12, alignItems: "center", marginBottom: 12 }}>
        <div style={{ flex: "1 1 200px", minWidth: 0 }}>
          <Typography.Title level={1} style={{ fontSize: 20, margin: 0 }}>
            {title}
          </Typography.Title>
          {hint !== undefined && <Typography.Text type="secondary">{hint}</Typography.Text>}
        </div>
        {actions !== undefined && <div style={{ display: "flex", flexWrap: "wrap", gap: 8 }}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}
