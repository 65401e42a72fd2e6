import { useIntents as useLookup } from "@/api/lookups";

/** Names of intents in the reader's language, and options for a select. */
export function useIntents() {
  const { intents, language, nameOf } = useLookup();
  return {
    all: intents,
    language,
    name: (id: string | null) => (id === null ? "–" : nameOf(id)),
    options: intents.map((one) => ({ value: one.id, label: nameOf(one.id), risk: one.risk })),
  } as const;
}
