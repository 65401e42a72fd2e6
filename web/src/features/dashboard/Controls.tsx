import { DownloadOutlined } from "@ant-design/icons";
import { Button, DatePicker, Dropdown, Segmented, Select, Switch } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { PRESETS, type Choice, type Preset } from "./period";

const REPORTS = ["times", "volumes", "drafts", "automation", "satisfaction", "people"] as const;

/** Which shop, which days, whose clock; and the same figures as files. */
export function Controls({ choice }: { choice: Choice }) {
  const { t } = useTranslation("dashboard");
  const shops = api.useQuery("get", "/api/v1/shops", {}, { staleTime: 300_000 });
  const { asked, choose } = choice;
  const [picking, setPicking] = useState(false);
  const custom = picking || asked.period === "custom";
  const file = (report: string) => {
    const query = new URLSearchParams(Object.entries(asked).map(([name, value]) => [name, String(value)]));
    if (choice.businessHours) query.set("business_hours", "true");
    return `/api/v1/insights/export/${report}?${query.toString()}`;
  };
  return (
    <>
      <Select
        aria-label={t("controls.shop")}
        style={{ minWidth: 150 }}
        value={asked.shop_id ?? 0}
        onChange={(shop: number) => choose({ shop_id: shop === 0 ? null : String(shop) })}
        options={[{ value: 0, label: t("controls.allShops") }, ...(shops.data ?? []).map((shop) => ({ value: shop.id, label: shop.name }))]}
      />
      <Segmented<Preset>
        aria-label={t("controls.period")}
        value={custom ? "custom" : asked.period}
        onChange={(period) => {
          setPicking(period === "custom");
          if (period !== "custom") choose({ period, from: null, to: null });
        }}
        options={PRESETS.map((value) => ({ value, label: t(`periods.${value}`) }))}
      />
      {custom && (
        <DatePicker.RangePicker
          aria-label={t("periods.custom")}
          value={asked.from && asked.to ? [dayjs(asked.from), dayjs(asked.to)] : null}
          disabledDate={(day, { from }) => day.isAfter(dayjs(), "day") || (from !== undefined && Math.abs(day.diff(from, "day")) > 365)}
          onChange={(days) => {
            const [from, to] = days ?? [];
            if (from && to) choose({ period: "custom", from: from.format("YYYY-MM-DD"), to: to.format("YYYY-MM-DD") });
          }}
        />
      )}
      <label style={{ display: "inline-flex", alignItems: "center", gap: 6 }} title={t("controls.businessHint")}>
        <Switch
          size="small"
          aria-label={t("controls.business")}
          checked={choice.businessHours}
          onChange={(on) => choose({ hours: on ? "business" : null })}
        />
        {t("controls.business")}
      </label>
      <Dropdown
        trigger={["click"]}
        menu={{
          items: REPORTS.map((report) => ({
            key: report,
            label: (
              <a href={file(report)} download>
                {t(`reports.${report}`)}
              </a>
            ),
          })),
        }}
      >
        <Button icon={<DownloadOutlined />}>{t("controls.export")}</Button>
      </Dropdown>
    </>
  );
}
