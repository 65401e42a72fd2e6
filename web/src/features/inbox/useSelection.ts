/** The chosen tickets: by x, by their boxes, a stretch with Shift. What has left the list is no longer chosen. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { MOST } from "./useBulk";
import type { Row } from "./views";

/** `scope`: another one (view, filters, order) begins with nothing chosen. */
export function useSelection(rows: readonly Row[], scope: string) {
  const [state, setState] = useState<{ scope: string; ids: ReadonlySet<number> }>({ scope, ids: new Set() });
  const last = useRef(0);
  const latest = useRef({ rows, scope });
  useEffect(() => {
    latest.current = { rows, scope };
  });
  const ids = state.scope === scope ? state.ids : NONE;
  const chosenRows = useMemo(() => (ids.size === 0 ? [] : rows.filter((row) => ids.has(row.id))), [ids, rows]);

  const change = useCallback((next: (ids: Set<number>) => void) => {
    setState((before) => {
      const { scope: current } = latest.current;
      const changed = new Set(before.scope === current ? before.ids : []);
      next(changed);
      return { scope: current, ids: new Set([...changed].slice(0, MOST)) };
    });
  }, []);
  const choose = useCallback(
    (id: number, index: number, range: boolean) => {
      const from = last.current;
      last.current = index;
      change((chosen) => {
        if (!range) {
          if (!chosen.delete(id)) chosen.add(id);
          return;
        }
        for (const row of latest.current.rows.slice(Math.min(from, index), Math.max(from, index) + 1)) chosen.add(row.id);
      });
    },
    [change],
  );
  const all = useCallback(() => change((chosen) => latest.current.rows.forEach((row) => chosen.add(row.id))), [change]);
  const none = useCallback(() => change((chosen) => chosen.clear()), [change]);
  return { ids, chosenRows, choose, all, none };
}

const NONE: ReadonlySet<number> = new Set();
