import { Button, Segmented, Table, theme, type TableColumnsType } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { api, type Schemas } from "@/api/client";
import { Ago } from "@/components/format";
import { PageFrame } from "@/components/PageFrame";
import { EmptyState, ErrorState, PageLoading } from "@/components/states";
import "../customer360/customer360.css";
import { useActorName } from "@/api/lookups";
import { RequestHistory } from "../customer360/requests/RequestCard";
import { RequestDecision } from "../customer360/requests/RequestDecision";
import { RequestParams } from "../customer360/requests/RequestSummary";
import { type Request, RequestState } from "../customer360/tags";

const OPEN: Request["state"][] = ["requested", "approved", "failed"];

/** What was asked for orders, and the decisions of whoever may take them. */
export function RequestsPage() {
  const { t } = useTranslation(["orders", "common"]);
  const { token } = theme.useToken();
  const actor = useActorName();
  const [search, setSearch] = useSearchParams();
  const all = search.get("show") === "all";
  const list = api.useInfiniteQuery(
    "get",
    "/api/v1/actions",
    { params: { query: { state: all ? undefined : OPEN, limit: 50 } } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (page: Schemas["Page_ActionOut_"]) => page.next ?? undefined },
  );
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const columns: TableColumnsType<Request> = [
    {
      title: t("order"),
      key: "order",
      render: (_, row) => (
        <div>
          <Link to={`/orders/${row.order_id}`} className="tabular">
            {row.order_no}
          </Link>
          <div className="cust-sub" style={{ maxWidth: 160 }} title={row.customer_name}>
            <Link to={`/customers/${row.customer_id}`}>{row.customer_name || `#${row.customer_id}`}</Link>
            {row.ticket_id !== null && (
              <>
                {" · "}
                <Link to={`/tickets/${row.ticket_id}`}>#{row.ticket_id}</Link>
              </>
            )}
          </div>
        </div>
      ),
    },
    { title: t("queue.what"), key: "what", render: (_, row) => <div style={{ minWidth: 180, maxWidth: 380 }}><strong>{t(`kind.${row.kind}`)}</strong><RequestParams kind={row.kind} params={row.params} order={row} /><div style={{ marginTop: 6 }}><RequestDecision request={row} /></div></div> },
    { title: t("state"), key: "state", render: (_, row) => <RequestState state={row.state} /> },
    { title: t("queue.by"), key: "by", responsive: ["lg"], render: (_, row) => actor(row.requested_by) },
    { title: t("queue.at"), key: "at", responsive: ["md"], render: (_, row) => <span style={{ whiteSpace: "nowrap", color: token.colorTextSecondary }}><Ago at={row.created_at} /></span> },
  ];
  return (
    <PageFrame
      title={t("queue.title")}
      hint={
        <>
          <Link to="/orders">{t("queue.backToOrders")}</Link> · {t("queue.hint")}
        </>
      }
      actions={
        <Segmented
          value={all ? "all" : "open"}
          onChange={(value) => setSearch(value === "all" ? { show: "all" } : {}, { replace: true })}
          options={[
            { value: "open", label: t("queue.open") },
            { value: "all", label: t("queue.all") },
          ]}
        />
      }
    >
      {list.error && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending ? (
        <PageLoading />
      ) : (
        <>
          <Table<Request>
            rowKey="id"
            size="small"
            columns={columns}
            dataSource={rows}
            pagination={false}
            scroll={{ x: "max-content" }}
            expandable={{ expandedRowRender: (row) => <RequestHistory request={row} /> }}
            locale={{ emptyText: <EmptyState title={t("queue.empty")} hint={t("queue.emptyHint")} /> }}
          />
          {list.hasNextPage && (
            <Button style={{ marginTop: 8 }} loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t("common:actions.loadMore")}
            </Button>
          )}
        </>
      )}
    </PageFrame>
  );
}
