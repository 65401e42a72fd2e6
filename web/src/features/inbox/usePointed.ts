/** The row that keys act on. It keeps to its ticket while other rows come and go above it. */
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Row } from "./views";

/** `scope`: another one (view, filters, order) begins at the top. `settled`: the rows are those of this scope. */
export function usePointed(rows: readonly Row[], scope: string, settled: boolean) {
  const [pointed, setPointed] = useState<{ scope: string; index: number; id: number | null }>({ scope, index: 0, id: null });
  const latest = useRef({ rows, settled });
  useLayoutEffect(() => {
    latest.current = { rows, settled };
  });
  const point = useCallback(
    (index: number) => setPointed({ scope, index, id: latest.current.settled ? (latest.current.rows[index]?.id ?? null) : null }),
    [scope],
  );
  const at = useMemo(() => {
    if (pointed.scope !== scope) return 0;
    const moved = pointed.id === null ? -1 : rows.findIndex((row) => row.id === pointed.id);
    return moved >= 0 ? moved : Math.min(pointed.index, Math.max(rows.length - 1, 0));
  }, [pointed, rows, scope]);
  return [at, point] as const;
}
