/** The query client: what is retried, and how long an answer is fresh without a live hint. */
import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./client";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // the server said why: asking again changes nothing
      retry: (failures, error) => !(error instanceof Problem && error.status < 500) && failures < 2,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});

type Init = { params?: { path?: Record<string, unknown> } } | undefined;

/** Marks as stale every query whose path begins with `prefix` and, if given, whose path parameters have these values. */
export function invalidate(prefix: string, path: Record<string, unknown> = {}): Promise<void> {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey }) => {
      const [, url, init] = queryKey as [string, unknown, Init];
      if (typeof url !== "string" || !url.startsWith(prefix)) return false;
      return Object.entries(path).every(([name, value]) => String(init?.params?.path?.[name]) === String(value));
    },
  });
}
