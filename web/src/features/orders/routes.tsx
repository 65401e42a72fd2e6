import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "orders", lazy: async () => ({ Component: (await import("./OrdersPage")).OrdersPage }) },
  { path: "orders/requests", lazy: async () => ({ Component: (await import("./RequestsPage")).RequestsPage }) },
  { path: "orders/:id", lazy: async () => ({ Component: (await import("./OrderPage")).OrderPage }) },
];
