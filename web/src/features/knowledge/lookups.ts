/** Shops, staff and intents by id, for labels and choices. */
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";

const RARELY = { staleTime: 300_000 };

export function useShops() {
  const shops = api.useQuery("get", "/api/v1/shops", {}, RARELY).data ?? [];
  return {
    shops,
    nameOf: (id: number) => shops.find((shop) => shop.id === id)?.name ?? `#${id}`,
    options: shops.map((shop) => ({ value: shop.id, label: shop.name })),
  };
}

export function useStaff() {
  const staff = api.useQuery("get", "/api/v1/staff", {}, RARELY).data ?? [];
  return {
    nameOf: (id: number | null) => staff.find((one) => one.id === id)?.display_name ?? null,
    options: staff.filter((one) => one.active).map((one) => ({ value: one.id, label: one.display_name })),
  };
}

export function useIntents() {
  const { i18n } = useTranslation();
  const language = i18n.language === "en" ? "en" : "zh";
  const intents = api.useQuery("get", "/api/v1/intents", {}, RARELY).data ?? [];
  const named = (id: string) => intents.find((intent) => intent.id === id)?.names[language] ?? id;
  return { nameOf: named, options: intents.map((intent) => ({ value: intent.id, label: named(intent.id) })) };
}
