import type { PermissionName } from "@/api/session";

/** The sections in their order; who may not read one does not see it. */
export const SECTIONS = [
  { name: "profile", needs: null },
  { name: "shops", needs: "shops:read" },
  { name: "staff", needs: "staff:write" },
  { name: "channels", needs: "settings:write" },
  { name: "macros", needs: "tickets:read" },
  { name: "grants", needs: "grants:read" },
  { name: "intents", needs: "jobs:read" },
  { name: "models", needs: "jobs:read" },
  { name: "jobs", needs: "jobs:read" },
  { name: "tokens", needs: "tokens:write" },
  { name: "audit", needs: "audit:read" },
] as const satisfies readonly { name: string; needs: PermissionName | null }[];

export type SectionName = (typeof SECTIONS)[number]["name"];
