/** Shops, staff and intents by id, for labels and choices. They change rarely and are asked for once in five minutes. */
import { useTranslation } from "react-i18next";
import { api } from "./client";

const RARELY = { staleTime: 300_000 };

export function useShops() {
  const shops = api.useQuery("get", "/api/v1/shops", {}, RARELY).data ?? [];
  return {
    shops,
    nameOf: (id: number | null) => shops.find((shop) => shop.id === id)?.name ?? (id === null ? "" : `#${id}`),
    options: shops.map((shop) => ({ value: shop.id, label: shop.name })),
  };
}

export function useStaff() {
  const staff = api.useQuery("get", "/api/v1/staff", {}, RARELY).data ?? [];
  return {
    staff,
    nameOf: (id: number | null) => staff.find((one) => one.id === id)?.display_name ?? null,
    options: staff.filter((one) => one.active).map((one) => ({ value: one.id, label: one.display_name })),
  };
}

/** "staff:3" as the name of that person. */
export function useActorName(): (actor: string) => string {
  const { nameOf } = useStaff();
  return (actor) => {
    const [kind, id] = actor.split(":");
    return (kind === "staff" && nameOf(Number(id))) || actor;
  };
}

/** Names in the reader's language; an id stands for itself while its name is not known. */
export function useIntents() {
  const { i18n } = useTranslation();
  const language = i18n.language === "en" ? "en" : "zh";
  const intents = api.useQuery("get", "/api/v1/intents", {}, RARELY).data ?? [];
  const nameOf = (id: string) => intents.find((intent) => intent.id === id)?.names[language] ?? id;
  return { intents, language, nameOf, options: intents.map((intent) => ({ value: intent.id, label: nameOf(intent.id) })) } as const;
}
