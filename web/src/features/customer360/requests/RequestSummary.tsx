import { Alert, theme } from "antd";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/components/format";
import type { RequestKind } from "./RequestBar";

interface OfOrder {
  order_no: string;
  currency?: string;
  items?: readonly { sku: string; name: string }[];
}

/** What a request says, as label and value. */
export function RequestParams({ kind, params, order }: { kind: RequestKind; params: Record<string, unknown>; order: OfOrder }) {
  const { t } = useTranslation("orders");
  const { token } = theme.useToken();
  const formats = useFormats();
  const items = Array.isArray(params.items) ? (params.items as { sku: string; quantity: number }[]) : [];
  const nameOf = (sku: string) => order.items?.find((item) => item.sku === sku)?.name ?? sku;
  const text = (name: string) => (typeof params[name] === "string" ? (params[name] as string) : "");
  const amount = text("amount");
  const rows: [string, string][] = [
    [t("request.items"), items.length > 0 ? items.map((item) => `${nameOf(item.sku)} ${t("qty", { n: item.quantity })}`).join("; ") : WHOLE.has(kind) ? t("request.wholeOrder") : ""],
    [t("request.amount"), amount === "" ? (kind === "refund" ? t("request.full") : "") : order.currency ? formats.money(amount, order.currency) : amount],
    [t("request.address"), [text("recipient"), text("phone"), text("address")].filter(Boolean).join(" · ")],
    [t("request.wanted"), text("wanted")],
    [t("request.reason"), text("reason")],
  ];
  return (
    <dl className="c360-pairs">
      {rows.map(([label, value]) =>
        value === "" ? null : (
          <div key={label}>
            <dt style={{ color: token.colorTextTertiary }}>{label}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

const WHOLE = new Set<RequestKind>(["return", "exchange", "repair", "reship"]);

/** The last look before it is sent. */
export function RequestSummary({ kind, params, order, ticketId, failure }: { kind: RequestKind; params: Record<string, unknown>; order: OfOrder; ticketId?: number; failure: string | null }) {
  const { t } = useTranslation("orders");
  return (
    <div>
      <Alert type="info" showIcon title={t("request.confirmTitle")} description={t("request.confirmHint")} style={{ marginBottom: 12 }} />
      <RequestParams kind={kind} params={params} order={order} />
      {ticketId !== undefined && <div>{t("request.fromTicket", { id: ticketId })}</div>}
      {failure !== null && <Alert type="error" showIcon title={failure} style={{ marginTop: 12 }} />}
    </div>
  );
}
