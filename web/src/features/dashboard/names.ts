import { useTranslation } from "react-i18next";
import { api } from "@/api/client";

/** Names of intents, channels, languages and reasons in the reader's language. */
export function useNames() {
  const { t, i18n } = useTranslation("dashboard");
  const intents = api.useQuery("get", "/api/v1/intents", {}, { staleTime: 600_000 });
  const language = i18n.language === "en" ? "en" : "zh";
  const word = (key: string, other: string) => (i18n.exists(key) ? t(key as "nothing") : other);
  return {
    intent: (id: string | null) => (id === null ? t("unknownIntent") : (intents.data?.find((one) => one.id === id)?.names[language] ?? id)),
    channel: (id: string | null) => (id === null ? "–" : word(`common:channel.${id}`, id)),
    language: (id: string | null) => (id === null ? t("unknownLanguage") : word(`common:languages.${id}`, id)),
    reason: (id: string) => word(`dashboard:reason.${id}`, id.replaceAll("_", " ")),
  };
}
