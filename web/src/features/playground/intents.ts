import { useTranslation } from "react-i18next";
import { api } from "@/api/client";

/** The intent's name in the reader's language; its id while it is not known. */
export function useIntentName(): (id: string) => string {
  const { i18n } = useTranslation();
  const language = i18n.language === "en" ? "en" : "zh";
  const intents = api.useQuery("get", "/api/v1/intents", {}, { staleTime: 300_000 }).data ?? [];
  return (id) => intents.find((intent) => intent.id === id)?.names[language] ?? id;
}
