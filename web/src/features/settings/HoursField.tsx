import { Checkbox, Input } from "antd";
import { useTranslation } from "react-i18next";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Hours = Partial<Record<(typeof WEEKDAYS)[number], [string, string]>>;

/** Opening and closing time of each day; an unticked day is closed. A controlled field of a form. */
export function HoursField({ value = {}, onChange }: { value?: Hours; onChange?: (hours: Hours) => void }) {
  const { t, i18n } = useTranslation("settings");
  const names = new Intl.DateTimeFormat(i18n.language, { weekday: "short", timeZone: "UTC" });
  const set = (day: keyof Hours, times: [string, string] | undefined) => {
    const others = Object.fromEntries(Object.entries(value).filter(([name]) => name !== day));
    onChange?.(times ? { ...others, [day]: times } : others);
  };
  return (
    <div className="st-hours">
      {WEEKDAYS.map((day, index) => {
        const name = names.format(new Date(Date.UTC(2024, 0, 1 + index)));
        const times = value[day];
        return (
          <div key={day} style={{ display: "contents" }}>
            <Checkbox checked={times !== undefined} onChange={(event) => set(day, event.target.checked ? ["09:00", "18:00"] : undefined)}>
              {name}
            </Checkbox>
            {times === undefined ? (
              <span style={{ gridColumn: "span 2", opacity: 0.75 }}>{t("shops.closed")}</span>
            ) : (
              <>
                <Input
                  type="time"
                  aria-label={t("shops.opens", { day: name })}
                  value={times[0]}
                  onChange={(event) => set(day, [event.target.value, times[1]])}
                />
                <Input
                  type="time"
                  aria-label={t("shops.closes", { day: name })}
                  value={times[1]}
                  onChange={(event) => set(day, [times[0], event.target.value])}
                />
              </>
            )}
          </div>
        );
      })}
    </div>
  );
}

/** "一 – 五 09:00–18:00" is more than a table cell needs: how many days, and the times if they are all alike. */
export function useHoursText(): (hours: Readonly<Record<string, readonly string[]>>) => string {
  const { t } = useTranslation("settings");
  return (hours) => {
    const days = Object.values(hours);
    if (days.length === 0) return t("shops.always");
    const spans = new Set(days.map((times) => times.join("–")));
    return t("shops.days", { n: days.length, times: spans.size === 1 ? [...spans][0] : t("shops.differ") });
  };
}
