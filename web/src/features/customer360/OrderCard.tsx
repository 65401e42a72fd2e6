import { Button, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Ago, useFormats } from "@/components/format";
import { AfterSales } from "./AfterSales";
import { Copyable } from "./Copyable";
import { RequestBar } from "./requests/RequestBar";
import { RequestCard } from "./requests/RequestCard";
import { ShipmentTrack } from "./ShipmentTrack";
import { OrderStatus, type OrderView } from "./tags";

const SHOWN_ITEMS = 3;
export const SETTLED_ORDERS = new Set(["completed", "cancelled", "returned", "refunded"]);
const SETTLED = new Set(["executed", "rejected", "withdrawn"]);

/** One order as an agent needs it beside a conversation: state, money, age, goods, parcel, cases, what can be asked. */
export function OrderCard({ order, ticketId }: { order: OrderView; ticketId?: number }) {
  const { t } = useTranslation("orders");
  const { token } = theme.useToken();
  const formats = useFormats();
  const [all, setAll] = useState(false);
  const items = all ? order.items : order.items.slice(0, SHOWN_ITEMS);
  const open = order.requests.filter((one) => !SETTLED.has(one.state));
  return (
    <article className="c360-card" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }} aria-label={`${t("order")} ${order.order_no}`}>
      <div className="c360-row">
        <Copyable text={order.order_no} what={t("orderNo")}>
          <Link to={`/orders/${order.id}`}>{order.order_no}</Link>
        </Copyable>
        <span style={{ marginLeft: "auto", color: token.colorTextTertiary, whiteSpace: "nowrap" }}>
          <Ago at={order.placed_at ?? order.imported_at} />
        </span>
      </div>
      <div className="c360-row">
        <OrderStatus order={order} />
        <strong className="tabular c360-amount">{formats.money(order.total, order.currency)}</strong>
      </div>
      <ul className="c360-items">
        {items.map((item, index) => (
          <li key={`${item.sku}:${index}`}>
            <span className="c360-ellipsis" title={item.name}>
              {item.name}
            </span>
            <span className="tabular" style={{ color: token.colorTextSecondary }}>
              {t("qty", { n: item.quantity })}
            </span>
          </li>
        ))}
      </ul>
      {order.items.length > items.length && (
        <Button type="link" size="small" style={{ padding: 0, height: "auto", alignSelf: "flex-start" }} onClick={() => setAll(true)}>
          {t("moreItems", { n: order.items.length - items.length })}
        </Button>
      )}
      {order.shipments.map((shipment) => (
        <ShipmentTrack key={shipment.id} shipment={shipment} settled={SETTLED_ORDERS.has(order.status)} />
      ))}
      {order.after_sales.length > 0 && <AfterSales cases={order.after_sales} />}
      {open.map((request) => (
        <RequestCard key={request.id} request={request} order={order} />
      ))}
      <RequestBar order={order} ticketId={ticketId} />
    </article>
  );
}
