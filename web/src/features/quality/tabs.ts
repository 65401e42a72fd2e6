import type { PermissionName } from "@/api/session";

export interface Tab {
  to: string;
  /** key of quality.tabs */
  name: "review" | "cases" | "runs" | "backtests" | "models" | "autonomy";
  needs: PermissionName;
}

/** In the order of the head; who may not see one does not see it. The routes of the same names are in routes.tsx. */
export const TABS: readonly Tab[] = [
  { to: "review", name: "review", needs: "knowledge:publish" },
  { to: "cases", name: "cases", needs: "knowledge:publish" },
  { to: "runs", name: "runs", needs: "knowledge:publish" },
  { to: "backtests", name: "backtests", needs: "knowledge:publish" },
  { to: "models", name: "models", needs: "models:write" },
  { to: "autonomy", name: "autonomy", needs: "grants:read" },
];
