import { Navigate, type RouteObject } from "react-router";

export const routes: RouteObject[] = [
  {
    path: "knowledge",
    lazy: async () => ({ Component: (await import("./KnowledgePage")).KnowledgePage }),
    children: [
      { index: true, element: <Navigate to="articles" replace /> },
      { path: "articles/:id?", lazy: async () => ({ Component: (await import("./articles/ArticlesPage")).ArticlesPage }) },
      { path: "cases/:id?", lazy: async () => ({ Component: (await import("./cases/CasesPage")).CasesPage }) },
      { path: "feedback", lazy: async () => ({ Component: (await import("./FeedbackPage")).FeedbackPage }) },
      { path: "gaps/:place?/:id?", lazy: async () => ({ Component: (await import("@/features/gaps/GapsPage")).GapsPage }) },
      { path: "import", lazy: async () => ({ Component: (await import("./ImportPage")).ImportPage }) },
    ],
  },
];
