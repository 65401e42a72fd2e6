import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [{ path: "playground", lazy: async () => ({ Component: (await import("./PlaygroundPage")).PlaygroundPage }) }];
