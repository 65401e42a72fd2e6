import { Tag, theme } from "antd";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { Ago, useFormats } from "@/components/format";

/** The shop's own cases of an order: kind, state, what for, how much. */
export function AfterSales({ cases }: { cases: readonly Schemas["AfterSaleOut"][] }) {
  const { t } = useTranslation("orders");
  const { token } = theme.useToken();
  const formats = useFormats();
  return (
    <ul className="c360-cases" aria-label={t("afterSale.title")}>
      {cases.map((one) => {
        const over = ["refunded", "completed", "rejected", "cancelled"].includes(one.status);
        return (
          <li key={one.id} style={{ background: token.colorFillQuaternary }}>
            <div className="c360-row">
              <strong>{t(`afterSale.kind.${one.kind}`)}</strong>
              <Tag color={over ? "default" : "processing"} style={{ margin: 0 }}>
                {t(`afterSale.status.${one.status}`)}
              </Tag>
              {one.amount !== null && one.currency !== null && <span className="tabular">{formats.money(one.amount, one.currency)}</span>}
              {one.opened_at !== null && (
                <span style={{ marginLeft: "auto", color: token.colorTextTertiary }}>
                  <Ago at={one.opened_at} />
                </span>
              )}
            </div>
            {one.reason !== "" && <div style={{ color: token.colorTextSecondary }}>{one.reason}</div>}
          </li>
        );
      })}
    </ul>
  );
}
