/** Tokens of Ant Design, light and dark: one accent, a 14 px body for Chinese text, contrast of 4.5:1 and more. */
import { theme, type ThemeConfig } from "antd";
import { useMemo, useSyncExternalStore } from "react";
import { media } from "./media";

export type Scheme = "light" | "dark";
export type Choice = Scheme | "system";
const KEY = "copilot.theme";

const FONT = `"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif`;
export const MONO = `ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace`;

const shared = {
  fontFamily: FONT,
  fontFamilyCode: MONO,
  fontSize: 14,
  lineHeight: 1.6,
  borderRadius: 6,
  controlHeight: 30,
  motionDurationMid: "0.12s",
  motionDurationSlow: "0.16s",
};

const themes: Record<Scheme, ThemeConfig> = {
  light: {
    algorithm: theme.defaultAlgorithm,
    token: {
      ...shared,
      colorPrimary: "#0b6b6b",
      colorPrimaryBg: "#e1f1ef",
      colorPrimaryBgHover: "#cde6e3",
      colorPrimaryBorder: "#8cc5bf",
      colorInfo: "#0b6b6b",
      colorLink: "#0b6b6b",
      colorSuccess: "#187733",
      colorWarning: "#8f5f00",
      colorError: "#c0271d",
      // what is derived from dark seeds is grey: tints by hand
      colorInfoBg: "#e1f1ef",
      colorInfoBorder: "#a9d5d0",
      colorSuccessBg: "#e6f4e9",
      colorSuccessBorder: "#acd8b6",
      colorWarningBg: "#fdf3dc",
      colorWarningBorder: "#ecd29a",
      colorErrorBg: "#fdecea",
      colorErrorBorder: "#f2b8b3",
      colorText: "#1c2426",
      colorTextSecondary: "#4a5659",
      colorTextTertiary: "#5f6b6e",
      colorTextQuaternary: "#6b7679",
      colorTextDescription: "#5f6b6e",
      colorTextPlaceholder: "#667275",
      colorTextDisabled: "#6f7a7d",
      colorBgLayout: "#f4f6f6",
      colorBorder: "#c9d1d3",
      colorBorderSecondary: "#e3e8e9",
    },
  },
  dark: {
    algorithm: theme.darkAlgorithm,
    token: {
      ...shared,
      colorPrimary: "#49b8b0",
      colorInfo: "#49b8b0",
      colorLink: "#5cc8c0",
      colorSuccess: "#4fbf67",
      colorWarning: "#d6a21f",
      colorError: "#f2736a",
      colorInfoBg: "#12292a",
      colorInfoBorder: "#2b5956",
      colorSuccessBg: "#17301d",
      colorSuccessBorder: "#2c5937",
      colorWarningBg: "#352a10",
      colorWarningBorder: "#64501f",
      colorErrorBg: "#301715",
      colorErrorBorder: "#6d3630",
      colorText: "#e4eaeb",
      colorTextSecondary: "#b4bfc2",
      colorTextTertiary: "#9fabae",
      colorTextQuaternary: "#94a0a3",
      colorTextDescription: "#9fabae",
      colorTextPlaceholder: "#8f9b9e",
      colorTextDisabled: "#87939a",
      colorBgBase: "#14191b",
      colorBgLayout: "#0f1416",
      colorBgContainer: "#191f21",
      colorBgElevated: "#20282a",
      colorPrimaryBg: "#17302f",
      colorPrimaryBgHover: "#1d3d3b",
      colorBorder: "#3a4447",
      colorBorderSecondary: "#2a3235",
    },
    // dark letters on the bright accent
    components: { Button: { primaryColor: "#06201f", dangerColor: "#2a0906" } },
  },
};

const dark = media("(prefers-color-scheme: dark)");
const still = media("(prefers-reduced-motion: reduce)");
const listeners = new Set<() => void>();

function chosen(): Choice {
  const stored = localStorage.getItem(KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

function scheme(): Scheme {
  const choice = chosen();
  return choice === "system" ? (dark.matches() ? "dark" : "light") : choice;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  const unsubscribe = dark.subscribe(listener);
  return () => {
    listeners.delete(listener);
    unsubscribe();
  };
}

export function useScheme(): Scheme {
  return useSyncExternalStore(subscribe, scheme);
}

/** Shorter than a frame. With `motion: false` a dialog of antd takes the focus from its field; at 0 s it may never close. */
const MOTIONLESS = { motionDurationFast: "0.01s", motionDurationMid: "0.01s", motionDurationSlow: "0.01s" };

/** The tokens of `scheme`; nothing zooms, slides or fades for who asked for less motion. */
export function useTheme(scheme: Scheme): ThemeConfig {
  const motionless = useSyncExternalStore(still.subscribe, still.matches);
  return useMemo(() => {
    const { token, ...rest } = themes[scheme];
    return motionless ? { ...rest, token: { ...token, ...MOTIONLESS } } : themes[scheme];
  }, [scheme, motionless]);
}

export function useThemeChoice(): Choice {
  return useSyncExternalStore(subscribe, chosen);
}

export function chooseTheme(choice: Choice): void {
  localStorage.setItem(KEY, choice);
  for (const listener of listeners) listener();
}
