import { theme } from "antd";
import "./native-select.css";

export interface Choice {
  value: string;
  label: string;
  group?: string;
}

interface Props {
  value: string;
  choices: readonly Choice[];
  label: string;
  className?: string;
  onChange: (value: string) => void;
}

/** The browser's own list: for a short choice on a screen that must stand at once (Ant Design's weighs 30 kB). */
export function NativeSelect({ value, choices, label, className = "", onChange }: Props) {
  const { token } = theme.useToken();
  const groups = [...new Set(choices.map((one) => one.group ?? ""))];
  const options = (group: string) =>
    choices
      .filter((one) => (one.group ?? "") === group)
      .map((one) => (
        <option key={one.value} value={one.value}>
          {one.label}
        </option>
      ));
  return (
    <select
      className={`native-select ${className}`}
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      style={{ color: token.colorText, background: token.colorBgContainer, borderColor: token.colorBorder, borderRadius: token.borderRadius, height: token.controlHeight }}
    >
      {groups.map((group) => (group ? <optgroup key={group} label={group}>{options(group)}</optgroup> : options(group)))}
    </select>
  );
}
