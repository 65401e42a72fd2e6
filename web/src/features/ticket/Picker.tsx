import { Empty, Input, Spin, theme } from "antd";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

interface Props<T> {
  label: string;
  placeholder: string;
  text: string;
  onText: (text: string) => void;
  items: readonly T[];
  keyOf: (item: T) => number;
  show: (item: T) => ReactNode;
  onPick: (item: T) => void;
  onClose: () => void;
  loading?: boolean;
  empty: string;
}

/** A list to type into and to choose from by arrows and Enter; it stands above the composer. */
export function Picker<T>(props: Props<T>) {
  const { items } = props;
  const { token } = theme.useToken();
  const { t } = useTranslation("ticket");
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(0);
  const chosen = Math.min(at, Math.max(0, items.length - 1));
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && items.length > 0) {
      event.preventDefault();
      setAt((chosen + step + items.length) % items.length);
    } else if (event.key === "Escape") {
      event.preventDefault();
      props.onClose();
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      const item = items[chosen];
      if (item) props.onPick(item);
    }
  };
  return (
    <div className="ticket-picker" role="dialog" aria-label={props.label} style={{ background: token.colorBgElevated, boxShadow: token.boxShadowSecondary, borderColor: token.colorBorder }}>
      <Input
        autoFocus
        onFocus={(event) => event.target.select()}
        value={props.text}
        placeholder={props.placeholder}
        aria-label={props.placeholder}
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={items.length > 0 ? `${id}-${chosen}` : undefined}
        suffix={props.loading ? <Spin size="small" /> : <span />}
        onChange={(event) => {
          props.onText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={(event) => {
          if (!event.relatedTarget?.closest(".ticket-picker")) props.onClose();
        }}
      />
      <div ref={list} id={id} role="listbox" aria-label={props.label} tabIndex={-1} className="ticket-picker-list">
        {items.map((item, index) => (
          <div
            key={props.keyOf(item)}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            onMouseMove={() => setAt(index)}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => props.onPick(item)}
            style={{ background: index === chosen ? token.colorPrimaryBg : undefined }}
          >
            {props.show(item)}
          </div>
        ))}
      </div>
      {items.length === 0 && !props.loading && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={props.empty} />}
      <div className="ticket-picker-hint" style={{ color: token.colorTextTertiary }}>
        {t("picker.hint")}
      </div>
    </div>
  );
}
