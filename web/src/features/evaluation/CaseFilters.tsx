import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useIntents } from "@/api/lookups";
import { NativeSelect } from "@/components/NativeSelect";
import { KINDS, SOURCES } from "./data";

/** What the list is narrowed to; it stands in the address. */
export function CaseFilters({ search, set }: { search: URLSearchParams; set: (name: string, value: string | null) => void }) {
  const { t } = useTranslation(["evaluation", "common"]);
  const intents = useIntents();
  const [typed, setTyped] = useState(search.get("q") ?? "");
  const choice = (name: string, label: string, choices: readonly { value: string; label: string }[]) => (
    <NativeSelect label={label} value={search.get(name) ?? ""} onChange={(value) => set(name, value)} choices={[{ value: "", label }, ...choices]} />
  );
  return (
    <div className="ev-bar">
      <Input.Search
        className="ev-search"
        allowClear
        value={typed}
        aria-label={t("evaluation:cases.search")}
        placeholder={t("evaluation:cases.search")}
        onChange={(event) => {
          setTyped(event.target.value);
          if (event.target.value === "") set("q", null);
        }}
        onSearch={(value) => set("q", value.trim())}
      />
      {choice("kind", t("evaluation:filter.kind"), KINDS.map((value) => ({ value, label: t(`evaluation:kind.${value}`) })))}
      {choice("language", t("evaluation:filter.language"), (["zh", "en"] as const).map((value) => ({ value, label: t(`common:languages.${value}`) })))}
      {choice("intent", t("evaluation:filter.intent"), intents.options)}
      {choice("source", t("evaluation:filter.source"), SOURCES.map((value) => ({ value, label: t(`evaluation:source.${value}`) })))}
    </div>
  );
}
