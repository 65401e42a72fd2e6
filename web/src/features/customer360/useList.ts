/** A list whose filters stand in the address, so that it can be sent to a colleague. */
import { useState } from "react";
import { useSearchParams } from "react-router";
import "./lists.css";

export type ListFilters = ReturnType<typeof useFilters>;

export function useFilters() {
  const [search, setSearch] = useSearchParams();
  const set = (values: Record<string, string | null | undefined>) => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === undefined || value === "") next.delete(name);
      else next.set(name, value);
    }
    setSearch(next, { replace: true });
  };
  const [typed, setTyped] = useState(search.get("q") ?? "");
  const clear = () => {
    setTyped("");
    setSearch({}, { replace: true });
  };
  return { search, set, typed, setTyped, clear, any: [...search.keys()].some((name) => name !== "sort") };
}

/** Midnight of a day in the reader's zone, as the server takes it. */
export function startOf(day: string | null, plus = 0): string | undefined {
  if (!day || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + plus);
  return at.toISOString();
}
