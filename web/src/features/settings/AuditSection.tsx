import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { api, type Schemas } from "@/api/client";
import { useFormats } from "@/components/format";
import { EmptyState, ErrorState } from "@/components/states";
import { Section } from "./parts";
import { Table } from "./Table";

type Access = Schemas["AccessOut"];

/** Who looked at, changed or exported whose data. */
export function AuditSection() {
  const { t, i18n } = useTranslation(["settings", "common"]);
  const { time } = useFormats();
  const [search, setSearch] = useSearchParams();
  const customer = Number(search.get("customer_id")) || undefined;
  const staff = api.useQuery("get", "/api/v1/staff");
  const access = api.useInfiniteQuery(
    "get",
    "/api/v1/access-audit",
    { params: { query: { limit: 50, ...(customer === undefined ? {} : { customer_id: customer }) } } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (page) => page.next ?? undefined },
  );
  const who = (row: Access) => {
    if (row.actor_kind === "staff") return staff.data?.find((one) => one.id === row.actor_id)?.display_name ?? `#${row.actor_id}`;
    const key = `settings:audit.actor.${row.actor_kind}`;
    return `${i18n.exists(key) ? t(key as "settings:audit.actor.system") : row.actor_kind}${row.actor_id === null ? "" : ` #${row.actor_id}`}`;
  };
  const did = (row: Access) => {
    const key = `settings:audit.action.${row.action.replace(/^import\..*/, "import").replace(".", "_")}`;
    return i18n.exists(key) ? t(key as "settings:audit.action.staff_create") : row.action;
  };
  const of = (row: Access) => {
    const key = `settings:audit.kind.${row.object_kind}`;
    return `${i18n.exists(key) ? t(key as "settings:audit.kind.staff") : row.object_kind}${row.object_id === null ? "" : ` #${row.object_id}`}`;
  };
  if (access.error) return <ErrorState error={access.error} onRetry={() => void access.refetch()} />;
  return (
    <Section
      title={t("settings:sections.audit")}
      hint={t("settings:audit.hint")}
      actions={customer !== undefined && <Button onClick={() => setSearch({})}>{t("settings:audit.everybody")}</Button>}
    >
      <Table<Access>
        rowKey="id"
        loading={access.isPending}
        dataSource={(access.data?.pages ?? []).flatMap((page) => page.items)}
        pagination={false}
        locale={{ emptyText: <EmptyState title={t("settings:audit.none")} /> }}
        columns={[
          { title: t("settings:audit.at"), key: "at", render: (_, row) => <span className="tabular">{time(row.at)}</span> },
          { title: t("settings:audit.who"), key: "who", render: (_, row) => who(row) },
          { title: t("settings:audit.what"), key: "what", render: (_, row) => did(row) },
          {
            title: t("settings:audit.object"),
            key: "object",
            render: (_, row) =>
              row.customer_id === null ? (
                of(row)
              ) : (
                <Link to={`/settings/audit?customer_id=${row.customer_id}`}>{t("settings:audit.customer", { n: row.customer_id })}</Link>
              ),
          },
        ]}
      />
      {access.hasNextPage && (
        <Button style={{ marginTop: 12 }} loading={access.isFetchingNextPage} onClick={() => void access.fetchNextPage()}>
          {t("common:actions.loadMore")}
        </Button>
      )}
    </Section>
  );
}
