import { Navigate, type RouteObject } from "react-router";

/** Each section is loaded when it is opened. */
export const routes: RouteObject[] = [
  {
    path: "settings",
    lazy: async () => ({ Component: (await import("./SettingsPage")).SettingsPage }),
    children: [
      { index: true, element: <Navigate to="profile" replace /> },
      { path: "profile", lazy: async () => ({ Component: (await import("./ProfileSection")).ProfileSection }) },
      { path: "shops", lazy: async () => ({ Component: (await import("./ShopsSection")).ShopsSection }) },
      { path: "staff", lazy: async () => ({ Component: (await import("./StaffSection")).StaffSection }) },
      { path: "channels", lazy: async () => ({ Component: (await import("./ChannelsSection")).ChannelsSection }) },
      { path: "intents", lazy: async () => ({ Component: (await import("./IntentsSection")).IntentsSection }) },
      { path: "grants", lazy: async () => ({ Component: (await import("./GrantsSection")).GrantsSection }) },
      { path: "macros", lazy: async () => ({ Component: (await import("./MacrosSection")).MacrosSection }) },
      { path: "models", lazy: async () => ({ Component: (await import("./ModelsSection")).ModelsSection }) },
      { path: "tokens", lazy: async () => ({ Component: (await import("./TokensSection")).TokensSection }) },
      { path: "jobs", lazy: async () => ({ Component: (await import("./JobsSection")).JobsSection }) },
      { path: "audit", lazy: async () => ({ Component: (await import("./AuditSection")).AuditSection }) },
    ],
  },
];
