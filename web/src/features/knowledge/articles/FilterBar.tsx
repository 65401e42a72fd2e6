import { Badge, Button, Popover, Segmented, Select } from "antd";
import { FilterOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { useShops, useStaff } from "@/api/lookups";
import { AUDIENCES, useAudienceText } from "../tags";

const MORE = ["audience", "shop", "language", "owner", "validity", "feedback"] as const;

export function FilterBar({ search, onChange }: { search: URLSearchParams; onChange: (values: Record<string, string | null>) => void }) {
  const { t } = useTranslation("knowledge");
  const common = useTranslation().t;
  const shops = useShops();
  const staff = useStaff();
  const audienceText = useAudienceText();
  const active = MORE.filter((name) => search.has(name)).length;
  const choices: Record<(typeof MORE)[number], { value: string; label: string }[]> = {
    audience: AUDIENCES.map((one) => ({ value: one, label: audienceText(one) })),
    shop: shops.options.map((one) => ({ value: String(one.value), label: one.label })),
    language: (["zh", "en"] as const).map((one) => ({ value: one, label: common(`languages.${one}`) })),
    owner: staff.options.map((one) => ({ value: String(one.value), label: one.label })),
    validity: (["current", "scheduled", "expiring", "expired"] as const).map((one) => ({ value: one, label: t(`validity.${one}`) })),
    feedback: [{ value: "1", label: t("filters.unread") }],
  };
  return (
    <div style={{ display: "flex", gap: 8, alignItems: "center" }}>
      <div className="kn-scroll-x">
        <Segmented
          size="small"
          aria-label={t("filters.status")}
          value={search.get("status") ?? ""}
          onChange={(value) => onChange({ status: value })}
          options={(["", "draft", "review", "published", "archived"] as const).map((one) => ({
            value: one,
            label: one === "" ? t("filters.all") : t(`state.${one}`),
          }))}
        />
      </div>
      <Popover
        trigger="click"
        placement="bottomRight"
        content={
          <div style={{ display: "grid", gap: 8, width: 240 }}>
            {MORE.map((name) => (
              <Select
                key={name}
                allowClear
                showSearch={{ optionFilterProp: "label" }}
                aria-label={t(`filters.${name}`)}
                placeholder={t(`filters.${name}`)}
                value={search.get(name)}
                onChange={(value: string | undefined) => onChange({ [name]: value ?? null })}
                options={choices[name]}
              />
            ))}
            {active > 0 && <Button onClick={() => onChange(Object.fromEntries(MORE.map((name) => [name, null])))}>{t("filters.reset")}</Button>}
          </div>
        }
      >
        <Badge count={active} size="small">
          <Button size="small" icon={<FilterOutlined />} aria-label={t("filters.more")} title={t("filters.more")} />
        </Badge>
      </Popover>
    </div>
  );
}
