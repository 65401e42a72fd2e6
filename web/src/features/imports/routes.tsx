import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [{ path: "imports", lazy: async () => ({ Component: (await import("./ImportsPage")).ImportsPage }) }];
