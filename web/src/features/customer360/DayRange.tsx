import { DatePicker } from "antd";
import dayjs from "dayjs";

/** Two days, both included; stands in the address as from and to. */
export function DayRange({ label, from, to, names, onChange }: { label: string; from: string | null; to: string | null; names: [string, string]; onChange: (from: string, to: string) => void }) {
  const day = (text: string | null) => (text && dayjs(text).isValid() ? dayjs(text) : null);
  return (
    <DatePicker.RangePicker
      value={[day(from), day(to)]}
      allowEmpty={[true, true]}
      placeholder={names}
      aria-label={label}
      onChange={(days) => onChange(days?.[0]?.format("YYYY-MM-DD") ?? "", days?.[1]?.format("YYYY-MM-DD") ?? "")}
      style={{ width: 240 }}
    />
  );
}
