import { Input, type InputRef } from "antd";
import type { CSSProperties, Ref } from "react";

interface Props {
  box: Ref<InputRef>;
  /** What it searches in: placeholder and accessible name. */
  label: string;
  typed: string;
  onType: (text: string) => void;
  /** The text to search for, without surrounding space; null when the field was emptied. */
  onSearch: (text: string | null) => void;
  style?: CSSProperties;
}

/** The search field above a list: it searches on Enter, and at once when it is emptied. */
export function SearchField({ box, label, typed, onType, onSearch, style }: Props) {
  return (
    <Input.Search
      ref={box}
      allowClear
      value={typed}
      onChange={(event) => {
        onType(event.target.value);
        if (event.target.value === "") onSearch(null);
      }}
      onSearch={(text) => onSearch(text.trim() || null)}
      placeholder={label}
      aria-label={label}
      {...(style && { style })}
    />
  );
}
