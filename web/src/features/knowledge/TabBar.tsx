import { theme } from "antd";
import { useId, type KeyboardEvent, type ReactNode } from "react";

interface Props<T extends string> {
  tabs: readonly { key: T; label: string }[];
  chosen: T;
  onChoose: (key: T) => void;
  children: ReactNode;
}

/** Tabs that scroll on a narrow screen instead of hiding behind a menu; arrow keys walk them. */
export function TabBar<T extends string>({ tabs, chosen, onChoose, children }: Props<T>) {
  const { token } = theme.useToken();
  const id = useId();
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.key === chosen);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    onChoose(next.key);
    document.getElementById(`${id}-${next.key}`)?.focus();
  };
  return (
    <>
      <div role="tablist" className="kn-tabs" style={{ borderColor: token.colorBorderSecondary }} onKeyDown={onKeyDown}>
        {tabs.map((tab) => {
          const active = tab.key === chosen;
          return (
            <button
              key={tab.key}
              id={`${id}-${tab.key}`}
              type="button"
              role="tab"
              aria-selected={active}
              aria-controls={active ? `${id}-panel` : undefined}
              tabIndex={active ? 0 : -1}
              onClick={() => onChoose(tab.key)}
              style={{ borderColor: active ? token.colorPrimary : "transparent", color: active ? token.colorText : token.colorTextSecondary, fontWeight: active ? 600 : 400 }}
            >
              {tab.label}
            </button>
          );
        })}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
        {children}
      </div>
    </>
  );
}
