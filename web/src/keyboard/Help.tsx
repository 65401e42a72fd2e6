import { Modal, theme } from "antd";
import { useTranslation } from "react-i18next";
import { Keys } from "./Keys";
import { useGroups } from "./registry";
import { helpState } from "./store";

/** Every key that works where the reader is. */
export function Help() {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const groups = useGroups();
  // a key that does something else here is named once
  const offered = new Set(groups.flatMap((group) => group.shortcuts.filter((one) => !one.disabled).map((one) => one.keys)));
  return (
    <Modal open title={t("keyboard.help")} footer={null} width={720} onCancel={() => helpState.set(false)}>
      <div style={{ columns: "280px 2", columnGap: 32 }}>
        {groups
          .filter((group) => group.shortcuts.some((one) => one.keys))
          .map((group, index) => (
            <section key={index} style={{ breakInside: "avoid", marginBottom: 16 }}>
              <h3 style={{ fontSize: 13, color: token.colorTextSecondary, margin: "0 0 6px" }}>{group.name}</h3>
              {group.shortcuts
                .filter((one) => one.keys && !(one.disabled && offered.has(one.keys)))
                .map((one) => (
                  <div key={one.keys} style={{ display: "flex", justifyContent: "space-between", gap: 12, padding: "3px 0" }}>
                    <span>{one.label}</span>
                    <Keys keys={one.keys} />
                  </div>
                ))}
            </section>
          ))}
      </div>
    </Modal>
  );
}
