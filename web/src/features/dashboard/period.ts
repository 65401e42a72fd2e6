/** What the dashboard shows, in the address: shop, period, whose clock counts. */
import { useMemo } from "react";
import { useSearchParams } from "react-router";

export const PRESETS = ["today", "7d", "30d", "90d", "custom"] as const;
export type Preset = (typeof PRESETS)[number];

export interface Asked {
  period: Preset;
  /** The reader's clock: taken where the shops' clocks differ and one is like it. */
  timezone: string;
  shop_id?: number;
  from?: string;
  to?: string;
}

export interface Choice {
  asked: Asked;
  businessHours: boolean;
  choose: (changes: Record<string, string | null>) => void;
}

export function useChoice(): Choice {
  const [search, setSearch] = useSearchParams();
  const text = search.toString();
  return useMemo(() => {
    const now = new URLSearchParams(text);
    const wanted = now.get("period") as Preset | null;
    const from = now.get("from") ?? undefined;
    const to = now.get("to") ?? undefined;
    const whole = wanted !== null && PRESETS.includes(wanted) && (wanted !== "custom" || (from !== undefined && to !== undefined));
    const period = whole ? wanted : "7d";
    const shop = Number(now.get("shop_id"));
    return {
      asked: {
        period,
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        ...(shop > 0 ? { shop_id: shop } : {}),
        ...(period === "custom" ? { from, to } : {}),
      },
      businessHours: now.get("hours") === "business",
      choose: (changes) =>
        setSearch((old) => {
          const next = new URLSearchParams(old);
          for (const [name, value] of Object.entries(changes)) {
            if (value === null) next.delete(name);
            else next.set(name, value);
          }
          return next;
        }),
    };
  }, [text, setSearch]);
}

/** The tickets behind a number: the inbox with these filters. */
export function inboxLink(shopId: number | undefined, filters: Record<string, string | readonly string[] | null>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, shop_id: shopId === undefined ? null : String(shopId) })) {
    for (const one of value === null ? [] : typeof value === "string" ? [value] : value) query.append(name, one);
  }
  return `/inbox?${query.toString()}`;
}
