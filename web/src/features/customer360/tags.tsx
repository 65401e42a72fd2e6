/** Words with a colour: states of orders, parcels, requests, and stages of customers. */
import { Tag, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";

export type Order = Schemas["OrderOut"];
export type OrderView = Schemas["OrderViewOut"];
export type Request = Schemas["ActionOut"];
export type Shipment = Schemas["ShipmentOut"];

const ORDER: Record<Order["status"], string> = {
  pending: "warning",
  paid: "processing",
  processing: "processing",
  shipped: "processing",
  delivered: "success",
  completed: "default",
  cancelled: "default",
  returned: "default",
  refunded: "default",
  unknown: "warning",
};
const REQUEST: Record<Request["state"], string> = {
  requested: "warning",
  approved: "processing",
  executed: "success",
  failed: "error",
  rejected: "default",
  withdrawn: "default",
};
const PARCEL: Partial<Record<Shipment["reached"], string>> = { exception: "error", returned: "warning", delivered: "success" };

export function OrderStatus({ order }: { order: Pick<Order, "status" | "source_status"> }) {
  const { t } = useTranslation("orders");
  const tag = (
    <Tag color={ORDER[order.status]} style={{ margin: 0 }}>
      {t(`status.${order.status}`)}
    </Tag>
  );
  if (!order.source_status || order.source_status === t(`status.${order.status}`)) return tag;
  return <Tooltip title={t("sourceStatus", { word: order.source_status })}>{tag}</Tooltip>;
}

export function ParcelStatus({ status }: { status: Shipment["reached"] }) {
  const { t } = useTranslation("orders");
  return (
    <Tag color={PARCEL[status] ?? "default"} style={{ margin: 0 }}>
      {t(`shipment.${status}`)}
    </Tag>
  );
}

export function RequestState({ state }: { state: Request["state"] }) {
  const { t } = useTranslation("orders");
  return (
    <Tag color={REQUEST[state]} style={{ margin: 0 }}>
      {t(`requestState.${state}`)}
    </Tag>
  );
}

const STAGE: Record<Schemas["Lifecycle"], string> = { prospect: "default", new: "processing", active: "success", lapsing: "warning", lapsed: "default" };

/** The stage, with the rule that says so. */
export function Stage({ stage }: { stage: Schemas["Lifecycle"] }) {
  const { t } = useTranslation("customers");
  return (
    <Tooltip title={t(`stageRule.${stage}`)}>
      <Tag color={STAGE[stage]} style={{ margin: 0 }}>
        {t(`stage.${stage}`)}
      </Tag>
    </Tooltip>
  );
}
