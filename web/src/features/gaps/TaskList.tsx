import { Button, Skeleton, theme } from "antd";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "@/api/client";
import { useStaff } from "@/api/lookups";
import { Ago } from "@/components/format";
import { EmptyState, ErrorState } from "@/components/states";

interface Props {
  state: Schemas["TaskOut"]["state"];
  id: string | undefined;
  onOpen: (id: string) => void;
}

/** What agents keep correcting in an article, the newest first. */
export function TaskList({ state, id, onOpen }: Props) {
  const { t } = useTranslation("gaps");
  const common = useTranslation().t;
  const { token } = theme.useToken();
  const staff = useStaff();
  const tasks = api.useInfiniteQuery(
    "get",
    "/api/v1/knowledge/tasks",
    { params: { query: { state, limit: 30 } } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (last: { next?: string | null }) => last.next ?? undefined },
  );
  if (tasks.isPending) return <Skeleton active title={false} paragraph={{ rows: 10 }} style={{ padding: 12 }} />;
  if (tasks.error) return <ErrorState error={tasks.error} onRetry={() => void tasks.refetch()} />;
  const rows = tasks.data.pages.flatMap((page) => page.items);
  if (rows.length === 0) return <EmptyState title={t(`none.${state === "done" ? "taken" : state}`)} hint={t("hints.tasks")} />;
  return (
    <div className="kn-rows">
      <div role="list">
        {rows.map((row) => (
          <div role="listitem" key={row.id}>
            <button
              type="button"
              className="kn-row"
              aria-current={String(row.id) === id ? "true" : undefined}
              onClick={() => onOpen(String(row.id))}
              style={{ borderColor: token.colorBorderSecondary, color: token.colorText, background: String(row.id) === id ? token.controlItemBgActive : undefined }}
            >
              <span className="kn-row-title">{row.article_title}</span>
              <span className="kn-row-meta tabular" style={{ color: token.colorTextSecondary }}>
                <span>{t(`causes.${row.cause}`)}</span>
                <span>{t("corrections", { count: row.evidence.length })}</span>
                {row.newer_version !== null && <span>{t("newer", { number: row.newer_version })}</span>}
                {row.handler_id !== null && <span>{staff.nameOf(row.handler_id)}</span>}
                <Ago at={row.created_at} />
              </span>
            </button>
          </div>
        ))}
      </div>
      {tasks.hasNextPage && (
        <Button block type="text" loading={tasks.isFetchingNextPage} onClick={() => void tasks.fetchNextPage()}>
          {common("actions.loadMore")}
        </Button>
      )}
    </div>
  );
}
