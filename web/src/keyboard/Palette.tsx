import { SearchOutlined } from "@ant-design/icons";
import { Input, Modal, theme } from "antd";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Keys } from "./Keys";
import { useGroups } from "./registry";
import { paletteState } from "./store";

/** Every action of the screen and every room of the console, found by typing. */
export function Palette() {
  const { t } = useTranslation();
  return (
    <Modal open footer={null} closable={false} onCancel={() => paletteState.set(false)} style={{ top: 80 }} width={560} aria-label={t("keyboard.palette")}>
      <Chooser close={() => paletteState.set(false)} />
    </Modal>
  );
}

function Chooser({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const wanted = text.trim().toLowerCase();
  const found = useGroups()
    .toReversed()
    .flatMap((group) => group.shortcuts.map((one) => ({ ...one, group: group.name })))
    .filter((one) => !one.disabled && `${one.label} ${one.group}`.toLowerCase().includes(wanted))
    .slice(0, 60);
  const chosen = Math.min(at, found.length - 1);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const run = (index: number) => {
    const one = found[index];
    if (!one) return;
    close();
    // after the dialog has given the focus back
    window.setTimeout(one.run, 0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((chosen + step + found.length) % Math.max(found.length, 1));
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      run(chosen);
    }
  };
  return (
    <>
      <Input
        autoFocus
        size="large"
        prefix={<SearchOutlined />}
        placeholder={t("keyboard.find")}
        aria-label={t("keyboard.find")}
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found[chosen] ? `palette-${chosen}` : undefined}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id="palette-list" role="listbox" aria-label={t("keyboard.palette")} style={{ maxHeight: 360, overflowY: "auto", marginTop: 8 }}>
        {found.map((one, index) => (
          <div
            key={`${one.group}/${one.label}`}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => run(index)}
            onMouseMove={() => setAt(index)}
            style={{
              display: "flex",
              justifyContent: "space-between",
              gap: 12,
              padding: "6px 10px",
              borderRadius: token.borderRadius,
              cursor: "pointer",
              background: index === chosen ? token.colorPrimaryBg : undefined,
            }}
          >
            <span>
              {one.label} <span style={{ color: token.colorTextTertiary, fontSize: 12 }}>{one.group}</span>
            </span>
            {one.keys && <Keys keys={one.keys} />}
          </div>
        ))}
      </div>
      {found.length === 0 && <div style={{ padding: 16, color: token.colorTextSecondary }}>{t("keyboard.nothing")}</div>}
    </>
  );
}
