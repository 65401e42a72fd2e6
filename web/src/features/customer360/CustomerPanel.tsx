import { Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { EmptyState, ErrorState } from "@/components/states";
import "./customer360.css";
import { IdentityCard } from "./IdentityCard";
import { OrderCard } from "./OrderCard";
import { TicketLines } from "./TicketLines";

const ORDERS = 3;

/** The customer beside a conversation: who, orders with parcels and requests, earlier tickets. */
export function CustomerPanel({ ticketId, customerId }: { ticketId?: number; customerId: number }) {
  const { t } = useTranslation(["customers", "orders"]);
  const [all, setAll] = useState(false);
  const overview = api.useQuery("get", "/api/v1/customers/{customer_id}/overview", { params: { path: { customer_id: customerId } } });
  if (overview.isPending) return <Skeleton active paragraph={{ rows: 10 }} aria-label={t("panel.label")} />;
  if (overview.error) return <ErrorState error={overview.error} onRetry={() => void overview.refetch()} />;
  const { orders, tickets, figures } = overview.data;
  const shown = all ? orders : orders.slice(0, ORDERS);
  return (
    <aside className="c360" aria-label={t("panel.label")}>
      <IdentityCard overview={overview.data} />
      <section className="c360-section">
        <h3>{t("detail.ordersTitle")}</h3>
        {shown.map((order) => (
          <OrderCard key={order.id} order={order} ticketId={ticketId} />
        ))}
        {orders.length === 0 && <EmptyState title={t("detail.noOrders")} hint={t("detail.noOrdersHint")} />}
        {orders.length > shown.length && (
          <Button type="link" size="small" onClick={() => setAll(true)}>
            {t("panel.moreOrders", { n: orders.length - shown.length })}
          </Button>
        )}
        {all && figures.orders > orders.length && <Link to={`/orders?customer=${customerId}`}>{t("detail.allOrders", { n: figures.orders })}</Link>}
      </section>
      <section className="c360-section">
        <h3>{t("detail.earlier")}</h3>
        <TicketLines tickets={tickets} current={ticketId} />
      </section>
    </aside>
  );
}
