import { DownloadOutlined } from "@ant-design/icons";
import { Button, Table, theme, type TableColumnsType } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api, type Schemas } from "@/api/client";
import { Ago } from "@/components/format";
import { PageFrame } from "@/components/PageFrame";
import { EmptyState, ErrorState, PageLoading } from "@/components/states";
import { useShops } from "@/api/lookups";
import { RECORD_KINDS } from "./choices";
import { ImportWizard } from "./ImportWizard";

type Run = Schemas["ImportOut"];

/** Import a file, and what was imported before. */
export function ImportsPage() {
  const { t } = useTranslation("imports");
  const [search] = useSearchParams();
  const kind = RECORD_KINDS.find((one) => one === search.get("kind"));
  return (
    <PageFrame title={t("title")} hint={t("hint")}>
      <div style={{ maxWidth: 1040 }}>
        <ImportWizard key={kind} initialKind={kind} />
      </div>
      <h2 style={{ fontSize: 15, margin: "32px 0 8px" }}>{t("history")}</h2>
      <ImportHistory />
    </PageFrame>
  );
}

export function ImportHistory({ kind }: { kind?: Run["kind"] & Schemas["UploadOut"]["kind"] }) {
  const { t, i18n } = useTranslation(["imports", "common"]);
  const { token } = theme.useToken();
  const shops = useShops();
  const list = api.useInfiniteQuery(
    "get",
    "/api/v1/imports",
    { params: { query: { kind, limit: 20 } } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (page: Schemas["Page_ImportOut_"]) => page.next ?? undefined },
  );
  if (list.isPending) return <PageLoading />;
  if (list.error) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  const columns: TableColumnsType<Run> = [
    { title: t("historyTable.file"), key: "file", render: (_, run) => <div className="cust-sub" style={{ maxWidth: 260, fontSize: "inherit" }} title={run.file_name}>{run.file_name}</div> },
    { title: t("historyTable.kind"), key: "kind", render: (_, run) => (i18n.exists(`imports:kind.${run.kind}`) ? t(`kind.${run.kind}`) : run.kind) },
    { title: t("historyTable.shop"), key: "shop", responsive: ["md"], render: (_, run) => (run.shop_id === null ? t("historyTable.allShops") : shops.nameOf(run.shop_id)) },
    {
      title: t("historyTable.result"),
      key: "result",
      render: (_, run) => (
        <span className="tabular">
          {run.state === "running" ? t("historyTable.running") : t("historyTable.counts", { created: run.created, updated: run.updated, unchanged: run.unchanged })}
          {run.failed > 0 && <span style={{ color: token.colorError }}> · {t("historyTable.failed", { count: run.failed })}</span>}
        </span>
      ),
    },
    { title: t("historyTable.when"), key: "when", render: (_, run) => <span style={{ whiteSpace: "nowrap" }}><Ago at={run.started_at} /></span> },
    {
      title: "",
      key: "errors",
      render: (_, run) =>
        run.failed > 0 && (
          <Button size="small" icon={<DownloadOutlined />} href={`/api/v1/imports/${run.id}/errors-file`} download aria-label={`${t("historyTable.download")}${t("colon", { ns: "common" })}${run.file_name}`} title={t("historyTable.download")} />
        ),
    },
  ];
  return (
    <>
      <Table<Run>
        rowKey="id"
        size="small"
        columns={columns}
        dataSource={list.data.pages.flatMap((page) => page.items)}
        pagination={false}
        scroll={{ x: "max-content" }}
        locale={{ emptyText: <EmptyState title={t("noHistory")} hint={t("noHistoryHint")} /> }}
      />
      {list.hasNextPage && (
        <Button style={{ marginTop: 8 }} loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("common:actions.loadMore")}
        </Button>
      )}
    </>
  );
}
