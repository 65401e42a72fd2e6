/** Shops and staff by id, for labels. */
import { api } from "@/api/client";

const RARELY = { staleTime: 300_000 };

export function useShops() {
  const shops = api.useQuery("get", "/api/v1/shops", {}, RARELY).data ?? [];
  return {
    shops,
    nameOf: (id: number | null) => shops.find((shop) => shop.id === id)?.name ?? (id === null ? "" : `#${id}`),
    options: shops.map((shop) => ({ value: shop.id, label: shop.name })),
  };
}

/** "staff:3" as the name of that person. */
export function useActorName(): (actor: string) => string {
  const staff = api.useQuery("get", "/api/v1/staff", {}, RARELY).data ?? [];
  return (actor) => {
    const [kind, id] = actor.split(":");
    return (kind === "staff" && staff.find((one) => String(one.id) === id)?.display_name) || actor;
  };
}
