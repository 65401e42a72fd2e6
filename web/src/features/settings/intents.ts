import { useTranslation } from "react-i18next";
import { api } from "@/api/client";

/** Names of intents in the reader's language, and options for a select. */
export function useIntents() {
  const { i18n } = useTranslation();
  const language = i18n.language === "en" ? "en" : "zh";
  const { data } = api.useQuery("get", "/api/v1/intents", {}, { staleTime: 600_000 });
  return {
    all: data ?? [],
    language,
    name: (id: string | null) => (id === null ? "–" : (data?.find((one) => one.id === id)?.names[language] ?? id)),
    options: (data ?? []).map((one) => ({ value: one.id, label: one.names[language] ?? one.id, risk: one.risk })),
  } as const;
}
