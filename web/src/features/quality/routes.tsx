import type { RouteObject } from "react-router";

/** One tab a line; what each shows stands in a feature of its own. */
export const routes: RouteObject[] = [
  {
    path: "quality",
    lazy: async () => ({ Component: (await import("./QualityPage")).QualityPage }),
    children: [
      { index: true, lazy: async () => ({ Component: (await import("./QualityPage")).FirstTab }) },
      { path: "models", lazy: async () => ({ Component: (await import("@/features/models/VersionsPage")).VersionsPage }) },
    ],
  },
];
