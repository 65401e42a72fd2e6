import { EditOutlined } from "@ant-design/icons";
import { Button, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { api, type Schemas } from "@/api/client";
import { useMay } from "@/api/session";
import { useFormats } from "@/components/format";
import { PageFrame } from "@/components/PageFrame";
import { EmptyState, ErrorState, PageLoading } from "@/components/states";
import { Copyable } from "../customer360/Copyable";
import "../customer360/customer360.css";
import { Identities } from "../customer360/Identities";
import { IdentityCard } from "../customer360/IdentityCard";
import { OrderCard } from "../customer360/OrderCard";
import { Section } from "../customer360/Section";
import { TicketLines } from "../customer360/TicketLines";
import { CustomerForm } from "./CustomerForm";

/** One customer at full width: profile and tickets beside the orders. */
export function CustomerPage() {
  const { t } = useTranslation(["customers", "orders", "common"]);
  const { token } = theme.useToken();
  const formats = useFormats();
  const id = Number(useParams().id);
  const [editing, setEditing] = useState(false);
  const mayWrite = useMay("customers:write");
  const overview = api.useQuery("get", "/api/v1/customers/{customer_id}/overview", { params: { path: { customer_id: id }, query: { limit: 20 } } });
  if (overview.isPending) return <PageLoading />;
  if (overview.error) return <ErrorState error={overview.error} onRetry={() => void overview.refetch()} />;
  const { customer, orders, tickets, figures } = overview.data;
  const where = addressOf(customer);
  const profile: [string, React.ReactNode][] = [
    [t("shopId"), <Copyable key="id" text={customer.external_id} what={t("shopId")} />],
    [t("form.language"), customer.language === "zh" || customer.language === "en" ? t(`common:languages.${customer.language}`) : customer.language],
    [t("form.gender"), customer.gender === "male" || customer.gender === "female" ? t(`gender.${customer.gender}`) : customer.gender],
    [t("panel.address"), where],
  ];
  return (
    <PageFrame
      title={customer.name || t("anonymous", { ns: "common" })}
      hint={
        <>
          <Link to="/customers">{t("detail.back")}</Link> · {t("detail.since", { when: formats.date(customer.created_at) })}
        </>
      }
      actions={
        mayWrite && (
          <Button icon={<EditOutlined />} onClick={() => setEditing(true)}>
            {t("detail.edit")}
          </Button>
        )
      }
    >
      <div className="c360-wide">
        <div className="c360">
          <IdentityCard overview={overview.data} linked={false} />
          <Section title={t("detail.profile")}>
            <dl className="c360-pairs">
              {profile.map(([label, value]) =>
                value ? (
                  <div key={label}>
                    <dt style={{ color: token.colorTextTertiary }}>{label}</dt>
                    <dd>{value}</dd>
                  </div>
                ) : null,
              )}
            </dl>
          </Section>
          <Section title={t("detail.identities")}>
            <Identities identities={customer.identities} />
          </Section>
          <Section title={t("detail.earlier")}>
            <TicketLines tickets={tickets} />
          </Section>
        </div>
        <section className="c360-section c360" style={{ gap: 0 }}>
          <h2>{t("detail.ordersTitle")}</h2>
          {orders.length === 0 && <EmptyState title={t("detail.noOrders")} hint={t("detail.noOrdersHint")} />}
          {orders.map((order) => (
            <OrderCard key={order.id} order={order} />
          ))}
          {figures.orders > orders.length && <Link to={`/orders?customer=${customer.id}`}>{t("detail.allOrders", { n: figures.orders })}</Link>}
        </section>
      </div>
      {editing && <CustomerForm customer={customer} onClose={() => setEditing(false)} onSaved={() => undefined} />}
    </PageFrame>
  );
}

const HAN = /[\u4e00-\u9fff]/;

/** The largest part first where it is written in Chinese, the street first elsewhere. */
function addressOf({ country, province, city, address, postal_code: code }: Schemas["OverviewOut"]["customer"]): string {
  if (HAN.test(`${province ?? ""}${city ?? ""}${address ?? ""}`)) return [country, province, city, address, code].filter(Boolean).join(" ");
  const area = [province, code].filter(Boolean).join(" ");
  return [address, city, area, country].filter(Boolean).join(", ");
}
