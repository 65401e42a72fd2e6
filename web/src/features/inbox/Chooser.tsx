/** Choose one by typing: an assignee, a status, a priority. Opened by a key, done by Enter, never needs the mouse. */
import { Input, Modal } from "antd";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";

export interface Choice {
  key: string;
  label: string;
  hint?: string;
}

interface Props {
  title: string;
  choices: readonly Choice[];
  /** Offers what was typed itself (a new tag). */
  free?: boolean;
  onChoose: (key: string) => void;
  onClose: () => void;
}

export function Chooser({ title, choices, free = false, onChoose, onClose }: Props) {
  const { t } = useTranslation("inbox");
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const wanted = text.trim().toLowerCase();
  const found = choices.filter((one) => `${one.label} ${one.hint ?? ""}`.toLowerCase().includes(wanted));
  const offered = free && wanted !== "" && !found.some((one) => one.label.toLowerCase() === wanted) ? [...found, { key: text.trim(), label: t("chooser.new", { text: text.trim() }) }] : found;
  const chosen = Math.min(at, offered.length - 1);
  const choose = (index: number) => {
    const one = offered[index];
    if (!one) return;
    onClose();
    onChoose(one.key);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((chosen + step + offered.length) % Math.max(offered.length, 1));
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      choose(chosen);
    }
  };
  return (
    <Modal open footer={null} width={380} style={{ top: 120 }} title={title} onCancel={onClose}>
      <Input
        autoFocus
        placeholder={t("chooser.find")}
        aria-label={title}
        role="combobox"
        aria-expanded="true"
        aria-controls="inbox-chooser"
        aria-activedescendant={offered[chosen] ? `inbox-choice-${chosen}` : undefined}
        value={text}
        maxLength={64}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="inbox-chooser" role="listbox" aria-label={title} className="inbox-choices">
        {offered.map((one, index) => (
          <div key={one.key} id={`inbox-choice-${index}`} role="option" aria-selected={index === chosen} onClick={() => choose(index)} onMouseMove={() => setAt(index)}>
            <span>{one.label}</span>
            {one.hint && <small>{one.hint}</small>}
          </div>
        ))}
      </div>
      {offered.length === 0 && <p>{t("chooser.nothing")}</p>}
    </Modal>
  );
}
