import { useTranslation } from "react-i18next";
import { useIntents } from "@/api/lookups";

/** Names of intents, channels, languages and reasons in the reader's language. */
export function useNames() {
  const { t, i18n } = useTranslation("dashboard");
  const { nameOf } = useIntents();
  const word = (key: string, other: string) => (i18n.exists(key) ? t(key as "nothing") : other);
  return {
    intent: (id: string | null) => (id === null ? t("unknownIntent") : nameOf(id)),
    channel: (id: string | null) => (id === null ? "–" : word(`common:channel.${id}`, id)),
    language: (id: string | null) => (id === null ? t("unknownLanguage") : word(`common:languages.${id}`, id)),
    reason: (id: string) => word(`dashboard:reason.${id}`, id.replaceAll("_", " ")),
  };
}
