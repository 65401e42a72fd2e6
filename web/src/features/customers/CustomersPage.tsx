import { ImportOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Table, Tag, theme, type InputRef, type TableColumnsType } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/session";
import { Ago, useFormats } from "@/components/format";
import { PageFrame } from "@/components/PageFrame";
import { ErrorState, PageLoading } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import "../customer360/customer360.css";
import { ExportButton } from "../customer360/ExportButton";
import { Stage } from "../customer360/tags";
import { EmptyList, MoreRows } from "../customer360/ListParts";
import { useFilters } from "../customer360/useList";
import { CustomerFilters } from "./CustomerFilters";
import { CustomerForm } from "./CustomerForm";
import { queryOf, type Row, useCustomers } from "./useCustomers";

export function CustomersPage() {
  const { t } = useTranslation(["customers", "common"]);
  const { token } = theme.useToken();
  const formats = useFormats();
  const navigate = useNavigate();
  const filters = useFilters();
  const box = useRef<InputRef>(null);
  const [adding, setAdding] = useState(false);
  const mayWrite = useMay("customers:write");
  const mayImport = useMay("imports:write");
  const list = useCustomers(filters.search);
  useShortcuts(t("keys.list"), [
    { keys: "/", label: t("keys.search"), run: () => box.current?.focus() },
    { keys: "n", label: t("keys.new"), run: () => setAdding(true), disabled: !mayWrite },
  ]);

  const columns: TableColumnsType<Row> = [
    {
      title: t("name"),
      key: "name",
      render: (_, row) => (
        <div style={{ minWidth: 130, maxWidth: 260 }}>
          <Link to={`/customers/${row.id}`} className="cust-name" title={row.name}>
            {row.name || t("anonymous", { ns: "common" })}
          </Link>
          <div className="cust-sub" style={{ color: token.colorTextTertiary }} title={row.external_id}>
            {row.external_id}
          </div>
        </div>
      ),
    },
    {
      title: t("contact"),
      key: "contact",
      responsive: ["lg"],
      render: (_, row) => (
        <div className="tabular" style={{ maxWidth: 220 }}>
          <div>{row.phone}</div>
          <div className="cust-sub" style={{ color: token.colorTextTertiary }} title={row.email ?? ""}>
            {row.email}
          </div>
        </div>
      ),
    },
    { title: t("lifecycle"), key: "stage", render: (_, row) => <Stage stage={row.figures.lifecycle} /> },
    {
      title: t("tags"),
      key: "tags",
      responsive: ["lg"],
      render: (_, row) => (
        <div className="c360-row" style={{ maxWidth: 240 }}>
          {row.tier && (
            <Tag variant="outlined" style={{ margin: 0, fontWeight: 600 }}>
              {row.tier}
            </Tag>
          )}
          {row.tags.map((tag) => (
            <Tag key={tag} style={{ margin: 0, maxWidth: 160, overflow: "hidden", textOverflow: "ellipsis" }} title={tag}>
              {tag}
            </Tag>
          ))}
        </div>
      ),
    },
    { title: t("orders"), key: "orders", align: "right", responsive: ["sm"], render: (_, row) => <span className="tabular">{row.figures.orders}</span> },
    {
      title: t("spent"),
      key: "spent",
      align: "right",
      responsive: ["md"],
      render: (_, row) => (
        <span className="tabular" title={t("panel.spentHint")}>
          {Object.entries(row.figures.spent).map(([currency, amount]) => (
            <div key={currency}>{formats.money(amount, currency)}</div>
          ))}
        </span>
      ),
    },
    {
      title: t("lastOrder"),
      key: "last",
      responsive: ["lg"],
      render: (_, row) => (row.figures.last_order_at ? <Ago at={row.figures.last_order_at} /> : <span style={{ color: token.colorTextTertiary }}>{t("never")}</span>),
    },
    {
      title: t("tickets"),
      key: "tickets",
      align: "right",
      render: (_, row) => (
        <span className="tabular" style={{ whiteSpace: "nowrap" }}>
          {row.figures.open_tickets > 0 && (
            <Tag color="processing" style={{ marginInlineEnd: 6 }}>
              {t("openTickets", { n: row.figures.open_tickets })}
            </Tag>
          )}
          {row.figures.tickets}
        </span>
      ),
    },
  ];
  return (
    <PageFrame
      title={t("title")}
      hint={t("hint")}
      actions={
        <>
          <ExportButton namespace="customers" path="/api/v1/customers/export" query={{ ...queryOf(filters.search), sort: undefined }} />
          {mayImport && (
            <Button icon={<ImportOutlined />} onClick={() => void navigate("/imports?kind=customers")}>
              {t("toImport")}
            </Button>
          )}
          {mayWrite && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
              {t("new")}
            </Button>
          )}
        </>
      }
    >
      <CustomerFilters filters={filters} box={box} />
      {list.error && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending ? (
        <PageLoading />
      ) : (
        <>
          <Table<Row> rowKey="id" size="small" columns={columns} dataSource={list.rows} pagination={false} locale={{ emptyText: <EmptyList filters={filters} texts="customers" /> }} scroll={{ x: "max-content" }} />
          <MoreRows list={list} texts="customers" />
        </>
      )}
      {adding && <CustomerForm onClose={() => setAdding(false)} onSaved={(id) => void navigate(`/customers/${id}`)} />}
    </PageFrame>
  );
}
