import { Table, theme } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { api } from "@/api/client";
import { Ago, useFormats } from "@/components/format";
import { PageFrame } from "@/components/PageFrame";
import { ErrorState, PageLoading } from "@/components/states";
import { AfterSales } from "../customer360/AfterSales";
import { Copyable } from "../customer360/Copyable";
import "../customer360/customer360.css";
import { RequestBar } from "../customer360/requests/RequestBar";
import { RequestCard } from "../customer360/requests/RequestCard";
import { Section } from "../customer360/Section";
import { ShipmentTrack } from "../customer360/ShipmentTrack";
import { SETTLED_ORDERS } from "../customer360/OrderCard";
import { useShops } from "@/api/lookups";
import { OrderStatus } from "../customer360/tags";

/** One order at full width: goods and parcels, who gets it, what was asked and what can be. */
export function OrderPage() {
  const { t } = useTranslation("orders");
  const { token } = theme.useToken();
  const formats = useFormats();
  const shops = useShops();
  const id = Number(useParams().id);
  const found = api.useQuery("get", "/api/v1/orders/{order_id}", { params: { path: { order_id: id } } });
  if (found.isPending) return <PageLoading />;
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  const order = found.data;
  const facts: [string, React.ReactNode][] = [
    [t("customer"), <Link key="c" to={`/customers/${order.customer_id}`}>{order.customer_name || `#${order.customer_id}`}</Link>],
    [t("orderNo"), <Copyable key="n" text={order.order_no} what={t("orderNo")} />],
    [t("shop"), shops.nameOf(order.shop_id)],
    [t("placedAt"), order.placed_at === null ? t("noPlacedAt") : formats.time(order.placed_at)],
    [t("payment"), order.payment_method],
    [t("recipient"), [order.recipient, order.phone].filter(Boolean).join(" · ")],
    [t("address"), order.address],
    [t("importedAt"), <Ago key="i" at={order.imported_at} />],
  ];
  return (
    <PageFrame
      title={t("detail.title", { no: order.order_no })}
      hint={<Link to="/orders">{t("detail.back")}</Link>}
      actions={
        <span className="c360-row">
          <OrderStatus order={order} />
          <strong className="tabular" style={{ fontSize: 18 }}>
            {formats.money(order.total, order.currency)}
          </strong>
        </span>
      }
    >
      <div className="c360-wide">
        <div className="c360">
          <Section title={t("detail.people")}>
            <dl className="c360-pairs">
              {facts.map(([label, value]) =>
                value ? (
                  <div key={label}>
                    <dt style={{ color: token.colorTextTertiary }}>{label}</dt>
                    <dd>{value}</dd>
                  </div>
                ) : null,
              )}
            </dl>
          </Section>
          <Section title={t("detail.actions")}>
            <RequestBar order={order} />
          </Section>
          {order.requests.length > 0 && (
            <Section title={t("request.title")}>
              {order.requests.map((request) => (
                <RequestCard key={request.id} request={request} order={order} />
              ))}
            </Section>
          )}
        </div>
        <div className="c360">
          <Section title={t("detail.items")}>
            <Table
              size="small"
              pagination={false}
              rowKey={(item) => `${item.sku}:${item.name}`}
              dataSource={order.items}
              scroll={{ x: "max-content" }}
              columns={[
                { title: t("goods"), key: "name", render: (_, item) => <div style={{ maxWidth: 420, whiteSpace: "normal" }}>{item.name}<div className="cust-sub" style={{ color: token.colorTextTertiary }}>{item.sku}</div></div> },
                { title: t("quantity"), dataIndex: "quantity", align: "right", className: "tabular" },
                { title: t("unitPrice"), key: "price", align: "right", className: "tabular", render: (_, item) => formats.money(item.unit_price, order.currency) },
              ]}
            />
          </Section>
          <Section title={t("shipments.title")}>
            {order.shipments.length === 0 && <span style={{ color: token.colorTextTertiary }}>{t("shipments.none")}</span>}
            {order.shipments.map((shipment) => (
              <ShipmentTrack key={shipment.id} shipment={shipment} settled={SETTLED_ORDERS.has(order.status)} open />
            ))}
          </Section>
          <Section title={t("afterSale.title")}>
            {order.after_sales.length === 0 ? <span style={{ color: token.colorTextTertiary }}>{t("afterSale.none")}</span> : <AfterSales cases={order.after_sales} />}
          </Section>
        </div>
      </div>
    </PageFrame>
  );
}
