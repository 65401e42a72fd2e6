import { EyeInvisibleOutlined, GlobalOutlined, LockOutlined } from "@ant-design/icons";
import { theme, Tooltip } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import "./knowledge.css";

export const AUDIENCES = ["public", "internal", "role:agent", "role:editor", "role:supervisor", "role:admin"] as const;

export function useAudienceText(): (audience: string) => string {
  const { t } = useTranslation();
  const knowledge = useTranslation("knowledge").t;
  return (audience) => {
    if (audience === "public" || audience === "internal") return t(`audience.${audience}`);
    const role = audience.replace(/^role:/, "");
    return knowledge("audience.role", { role: t(`role.${role}` as "role.admin") });
  };
}

/** Who may see it, in a colour of its own: what a shopper never sees must never look like what a shopper sees. */
export function AudienceTag({ audience }: { audience: string }) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const text = useAudienceText()(audience);
  if (audience === "public") return <Chip icon={<GlobalOutlined />} color={token.colorSuccess} title={t("audience.publicHint")}>{text}</Chip>;
  if (audience === "internal") return <Chip icon={<EyeInvisibleOutlined />} color={token.colorWarning} title={t("audience.internalHint")}>{text}</Chip>;
  return <Chip icon={<LockOutlined />} color={token.purple8} title={t("audience.roleHint")}>{text}</Chip>;
}

export type State = "draft" | "review" | "published" | "archived" | "scheduled" | "expired" | "retired";

export function StateTag({ state, children }: { state: State; children?: ReactNode }) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const colors: Record<State, string> = {
    draft: token.colorTextSecondary,
    review: token.colorWarning,
    published: token.colorPrimaryText,
    scheduled: token.purple8,
    expired: token.colorError,
    archived: token.colorTextSecondary,
    retired: token.colorTextSecondary,
  };
  return <Chip color={colors[state]}>{children ?? t(`state.${state}`)}</Chip>;
}

/** A word in a colour, on a tint of it. */
export function Chip({ color, icon, title, children }: { color: string; icon?: ReactNode; title?: string; children: ReactNode }) {
  const { token } = theme.useToken();
  // nearer to the text's colour than the tint is: 4.5:1 on every ground, in both themes
  const ink = `color-mix(in srgb, ${color} 65%, ${token.colorText})`;
  const chip = (
    <span className="kn-chip" style={{ color: ink, background: `color-mix(in srgb, ${color} 10%, transparent)` }}>
      {icon}
      {children}
    </span>
  );
  return title === undefined ? chip : <Tooltip title={title}>{chip}</Tooltip>;
}
