/** The map of the console. A feature's routes stand in its own folder and are loaded when they are visited. */
import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { NotFound } from "./NotFound";
import { RouteError } from "./RouteError";
import { PageLoading } from "@/components/states";
import { Shell } from "./Shell";

/** Each feature's routes.tsx exports `routes`; its screens are lazy. */
const features = import.meta.glob<{ routes: RouteObject[] }>("../features/*/routes.tsx", { eager: true });

export const router = createBrowserRouter(
  [
    { path: "/sign-in", hydrateFallbackElement: <PageLoading />, lazy: async () => ({ Component: (await import("./SignIn")).SignIn }), errorElement: <RouteError /> },
    {
      path: "/",
      element: <Shell />,
      hydrateFallbackElement: <PageLoading />,
      errorElement: <RouteError />,
      children: [
        { index: true, element: <Navigate to="/inbox" replace /> },
        {
          errorElement: <RouteError />,
          children: [...Object.values(features).flatMap((feature) => feature.routes), { path: "*", element: <NotFound /> }],
        },
      ],
    },
  ],
  { basename: "/console" },
);
