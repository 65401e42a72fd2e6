/** Every filter that the server has, to be combined with the view and kept under a name. */
import { Button, Checkbox, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { compact, type Counts, type Filters, PRIORITIES, STATUSES } from "./views";

interface Props {
  filters: Filters;
  counts: Counts | undefined;
  onChange: (filters: Filters) => void;
  onSave: () => void;
}

export function FilterForm({ filters: given, counts, onChange, onSave }: Props) {
  const { t, i18n } = useTranslation("inbox");
  const staff = api.useQuery("get", "/api/v1/staff");
  const shops = api.useQuery("get", "/api/v1/shops");
  const intents = api.useQuery("get", "/api/v1/intents");
  const language = i18n.language === "en" ? "en" : "zh";
  // shown at once: the address, and with it the list, follows a moment later
  const [filters, setFilters] = useState(given);
  const replace = (next: Filters) => {
    setFilters(next);
    onChange(next);
  };
  const set = (change: Filters) => replace(compact({ ...filters, ...change }));
  const channel = (id: string) => (i18n.exists(`common:channel.${id}`) ? t(`channel.${id}` as "channel.web", { ns: "common" }) : id);
  const words = (values: readonly string[], label: (value: string) => string) => values.map((value) => ({ value, label: label(value) }));

  const many = (name: "status" | "priority" | "channel" | "tag", options: { value: string; label: string }[]) => (
    <label>
      <span>{t(`filter.${name}`)}</span>
      <Select mode="multiple" showSearch={{ optionFilterProp: "label" }} size="small" allowClear placeholder={t("filter.any")} value={(filters[name] ?? []) as string[]} options={options} aria-label={t(`filter.${name}`)} onChange={(value: string[]) => set({ [name]: value })} />
    </label>
  );
  const one = <V extends string | number>(name: "assignee" | "shop_id" | "intent" | "language", options: { value: V; label: string }[]) => (
    <label>
      <span>{t(`filter.${name}`)}</span>
      <Select
        size="small"
        allowClear
        placeholder={t("filter.any")}
        showSearch={{ optionFilterProp: "label" }}
        value={filters[name] as V | undefined}
        options={options}
        aria-label={t(`filter.${name}`)}
        onChange={(value: V | undefined) => set({ [name]: value ?? null })}
      />
    </label>
  );
  return (
    <div className="inbox-filters">
      {many("status", words(STATUSES, (value) => t(`status.${value}` as "status.new", { ns: "common" })))}
      {many("priority", words(PRIORITIES, (value) => t(`priority.${value}` as "priority.low", { ns: "common" })))}
      {many("channel", words(Object.keys(counts?.channel ?? {}), channel))}
      {many("tag", words(Object.keys(counts?.tag ?? {}), (value) => value))}
      {one("assignee", [
        { value: "me", label: t("chooser.me") },
        { value: "nobody", label: t("chooser.nobody") },
        ...(staff.data ?? []).map((person) => ({ value: String(person.id), label: person.display_name })),
      ])}
      {one("intent", (intents.data ?? []).map((intent) => ({ value: intent.id, label: intent.names[language] ?? intent.id })))}
      {one("shop_id", (shops.data ?? []).map((shop) => ({ value: shop.id, label: shop.name })))}
      {one("language", words(["zh", "en"], (value) => t(`languages.${value}` as "languages.zh", { ns: "common" })))}
      <Checkbox checked={filters.waiting === true} onChange={(event) => set({ waiting: event.target.checked })}>
        {t("filter.waiting")}
      </Checkbox>
      <div className="inbox-filters-end">
        <Button size="small" disabled={Object.keys(filters).length === 0} onClick={() => replace({})}>
          {t("filter.clear")}
        </Button>
        <Button size="small" type="primary" onClick={onSave}>
          {t("views.save")}
        </Button>
      </div>
    </div>
  );
}
