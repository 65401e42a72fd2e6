import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "tickets/:id", lazy: async () => ({ Component: (await import("./TicketPage")).TicketPage }) },
];
