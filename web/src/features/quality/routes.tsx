import type { RouteObject } from "react-router";

/** One tab a line; what each shows stands in a feature of its own. */
export const routes: RouteObject[] = [
  {
    path: "quality",
    lazy: async () => ({ Component: (await import("./QualityPage")).QualityPage }),
    children: [
      { index: true, lazy: async () => ({ Component: (await import("./QualityPage")).FirstTab }) },
      { path: "review", lazy: async () => ({ Component: (await import("@/features/evaluation/ReviewPage")).ReviewPage }) },
      { path: "cases/:id?", lazy: async () => ({ Component: (await import("@/features/evaluation/CasesPage")).CasesPage }) },
      { path: "runs", lazy: async () => ({ Component: (await import("@/features/evaluation/RunsPage")).RunsPage }) },
      { path: "runs/:id", lazy: async () => ({ Component: (await import("@/features/evaluation/RunPage")).RunPage }) },
      { path: "runs/:id/compare/:other", lazy: async () => ({ Component: (await import("@/features/evaluation/ComparePage")).ComparePage }) },
      { path: "backtests", lazy: async () => ({ Component: (await import("@/features/backtest/BacktestsPage")).BacktestsPage }) },
      { path: "backtests/:id", lazy: async () => ({ Component: (await import("@/features/backtest/BacktestPage")).BacktestPage }) },
      { path: "models", lazy: async () => ({ Component: (await import("@/features/models/VersionsPage")).VersionsPage }) },
      { path: "autonomy", lazy: async () => ({ Component: (await import("@/features/autonomy/AutonomyPage")).AutonomyPage }) },
    ],
  },
];
