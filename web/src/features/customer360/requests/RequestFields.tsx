import { Form, Input, InputNumber, theme, type FormInstance } from "antd";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/components/format";
import type { OrderView } from "../tags";
import type { RequestKind } from "./RequestBar";

export interface RequestForm {
  /** sku → how many */
  items?: Record<string, number | null>;
  reason?: string;
  address?: string;
  recipient?: string;
  phone?: string;
  wanted?: string;
  amount?: string;
}

const WITH_ITEMS = new Set<RequestKind>(["return", "exchange", "repair", "reship", "refund"]);

/** How many of each sku were ordered: a sku may stand in several lines. */
export function orderedItems(order: OrderView): { sku: string; name: string; quantity: number }[] {
  const found = new Map<string, { sku: string; name: string; quantity: number }>();
  for (const item of order.items) {
    const known = found.get(item.sku);
    if (known) known.quantity += item.quantity;
    else found.set(item.sku, { sku: item.sku, name: item.name, quantity: item.quantity });
  }
  return [...found.values()];
}

export function RequestFields({ form, kind, order, onSubmit }: { form: FormInstance<RequestForm>; kind: RequestKind; order: OrderView; onSubmit: () => void }) {
  const { t } = useTranslation("orders");
  const { token } = theme.useToken();
  const formats = useFormats();
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={onSubmit}>
      {WITH_ITEMS.has(kind) && (
        <Form.Item label={t("request.items")} extra={t("request.itemsHint")}>
          <ul className="c360-choose">
            {orderedItems(order).map((item) => (
              <li key={item.sku}>
                <span className="c360-ellipsis" title={item.name}>
                  {item.name}
                </span>
                <Form.Item name={["items", item.sku]} noStyle>
                  <InputNumber
                    min={0}
                    max={item.quantity}
                    precision={0}
                    placeholder="0"
                    suffix={`/ ${item.quantity}`}
                    aria-label={t("request.quantityOf", { name: item.name })}
                    style={{ width: 92 }}
                  />
                </Form.Item>
              </li>
            ))}
          </ul>
        </Form.Item>
      )}
      {kind === "refund" && (
        <Form.Item
          name="amount"
          label={t("request.amount")}
          extra={t("request.amountHint", { total: formats.money(order.total, order.currency) })}
          rules={[{ pattern: /^\s*\d+(\.\d{1,4})?\s*$/, message: t("request.amountWrong") }]}
        >
          <Input inputMode="decimal" prefix={order.currency} style={{ maxWidth: 220 }} />
        </Form.Item>
      )}
      {kind === "change_address" && (
        <>
          {order.address !== null && (
            <Form.Item label={t("request.current")}>
              <div style={{ color: token.colorTextSecondary }}>{[order.recipient, order.phone, order.address].filter(Boolean).join(" · ")}</div>
            </Form.Item>
          )}
          <Form.Item name="address" label={t("request.address")} rules={[{ required: true, whitespace: true, message: t("request.addressMissing") }]}>
            <Input.TextArea autoSize={{ minRows: 2 }} maxLength={1000} />
          </Form.Item>
          <div className="c360-two">
            <Form.Item name="recipient" label={t("request.recipientName")}>
              <Input maxLength={128} />
            </Form.Item>
            <Form.Item name="phone" label={t("request.phone")}>
              <Input maxLength={32} inputMode="tel" />
            </Form.Item>
          </div>
        </>
      )}
      {kind === "reship" && (
        <Form.Item name="address" label={t("request.reshipAddress")}>
          <Input.TextArea autoSize={{ minRows: 1 }} maxLength={1000} />
        </Form.Item>
      )}
      {kind === "exchange" && (
        <Form.Item name="wanted" label={t("request.wanted")} extra={t("request.wantedHint")}>
          <Input maxLength={500} />
        </Form.Item>
      )}
      <Form.Item name="reason" label={t("request.reason")} extra={t("request.reasonHint")} style={{ marginBottom: 0 }}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={500} />
      </Form.Item>
      <button type="submit" hidden />
    </Form>
  );
}
