import { AuditOutlined, ImportOutlined } from "@ant-design/icons";
import { Button, Table, theme, type InputRef, type TableColumnsType } from "antd";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/session";
import { Ago, useFormats } from "@/components/format";
import { PageFrame } from "@/components/PageFrame";
import { ErrorState, PageLoading } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { Copyable } from "../customer360/Copyable";
import "../customer360/customer360.css";
import { ExportButton } from "../customer360/ExportButton";
import { useShops } from "@/api/lookups";
import { OrderStatus, ParcelStatus } from "../customer360/tags";
import { EmptyList, MoreRows } from "../customer360/ListParts";
import { useFilters } from "../customer360/useList";
import { OrderFilters } from "./OrderFilters";
import { queryOf, type Row, useOrders } from "./useOrders";

export function OrdersPage() {
  const { t } = useTranslation(["orders", "common"]);
  const { token } = theme.useToken();
  const formats = useFormats();
  const navigate = useNavigate();
  const filters = useFilters();
  const box = useRef<InputRef>(null);
  const shops = useShops();
  const mayImport = useMay("imports:write");
  const list = useOrders(filters.search);
  useShortcuts(t("keys.list"), [{ keys: "/", label: t("keys.search"), run: () => box.current?.focus() }]);

  const columns: TableColumnsType<Row> = [
    {
      title: t("orderNo"),
      key: "no",
      render: (_, row) => (
        <div>
          <Copyable text={row.order_no} what={t("orderNo")}>
            <Link to={`/orders/${row.id}`}>{row.order_no}</Link>
          </Copyable>
          <div className="cust-sub" style={{ color: token.colorTextTertiary }}>
            <Link className="c360-narrow" to={`/customers/${row.customer_id}`}>
              {row.customer_name || `#${row.customer_id}`}
            </Link>
            {shops.shops.length > 1 && <span className="c360-not-narrow">{shops.nameOf(row.shop_id)}</span>}
          </div>
        </div>
      ),
    },
    {
      title: t("customer"),
      key: "customer",
      responsive: ["sm"],
      render: (_, row) => (
        <Link to={`/customers/${row.customer_id}`} className="cust-name" style={{ maxWidth: 160, fontWeight: 400 }} title={row.customer_name}>
          {row.customer_name || `#${row.customer_id}`}
        </Link>
      ),
    },
    { title: t("state"), key: "status", render: (_, row) => <OrderStatus order={row} /> },
    { title: t("amount"), key: "total", align: "right", render: (_, row) => <span className="tabular">{formats.money(row.total, row.currency)}</span> },
    {
      title: t("goods"),
      key: "goods",
      responsive: ["lg"],
      render: (_, row) => (
        <div className="cust-sub" style={{ maxWidth: 420, fontSize: "inherit" }} title={row.items.map((item) => `${item.name} × ${item.quantity}`).join("\n")}>
          {row.items[0]?.name}
          {row.items.length > 1 && <span style={{ color: token.colorTextTertiary }}> {t("moreItems", { n: row.items.length - 1 })}</span>}
        </div>
      ),
    },
    {
      title: t("parcel"),
      key: "parcel",
      responsive: ["md"],
      render: (_, row) => row.shipments[0] && <ParcelStatus status={row.shipments[0].reached} />,
    },
    {
      title: t("placedAt"),
      key: "placed",
      responsive: ["sm"],
      render: (_, row) => <span style={{ whiteSpace: "nowrap" }}>{row.placed_at === null ? <span style={{ color: token.colorTextTertiary }}>{t("noPlacedAt")}</span> : <Ago at={row.placed_at} />}</span>,
    },
  ];
  return (
    <PageFrame
      title={t("title")}
      hint={t("hint")}
      actions={
        <>
          <Button icon={<AuditOutlined />} onClick={() => void navigate("/orders/requests")}>
            {t("requestsLink")}
          </Button>
          <ExportButton namespace="orders" path="/api/v1/orders/export" query={{ ...queryOf(filters.search), sort: undefined }} />
          {mayImport && (
            <Button icon={<ImportOutlined />} onClick={() => void navigate("/imports?kind=orders")}>
              {t("toImport")}
            </Button>
          )}
        </>
      }
    >
      <OrderFilters filters={filters} box={box} />
      {list.error && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending ? (
        <PageLoading />
      ) : (
        <>
          <Table<Row> rowKey="id" size="small" columns={columns} dataSource={list.rows} pagination={false} locale={{ emptyText: <EmptyList filters={filters} texts="orders" /> }} scroll={{ x: "max-content" }} />
          <MoreRows list={list} texts="orders" />
        </>
      )}
    </PageFrame>
  );
}
