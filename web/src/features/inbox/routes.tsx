import type { RouteObject } from "react-router";

const lazy = async () => ({ Component: (await import("./InboxPage")).InboxPage });

export const routes: RouteObject[] = [{ path: "inbox", lazy, children: [{ path: ":ticketId", element: null }] }];
