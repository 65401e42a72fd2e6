import { Radio, theme } from "antd";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";

type Gate = Schemas["ShopOut"]["publish_gate"];
const GATES = ["off", "warn", "block"] as const satisfies readonly Gate[];

/** What a significant fall does to publishing, each choice with its meaning. A controlled field of a form. */
export function GateField({ id, value, onChange }: { id?: string; value?: Gate; onChange?: (gate: Gate) => void }) {
  const { t } = useTranslation("settings");
  const { token } = theme.useToken();
  return (
    <Radio.Group {...(id === undefined ? {} : { id })} className="st-gates" value={value} onChange={(event) => onChange?.(event.target.value as Gate)} aria-label={t("shops.gate")}>
      {GATES.map((gate) => (
        <Radio key={gate} value={gate}>
          {t(`shops.gates.${gate}`)}
          <span className="st-gate-means" style={{ color: token.colorTextSecondary }}>
            {t(`shops.gateMeans.${gate}`)}
          </span>
        </Radio>
      ))}
    </Radio.Group>
  );
}
