import { Button, Segmented, Skeleton, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, type Schemas } from "@/api/client";
import { Ago, useFormats } from "@/components/format";
import { EmptyState, ErrorState } from "@/components/states";
import { Chip } from "../tags";

type Use = Schemas["UseOut"];
type UseState = Exclude<Use["state"], "drafting">;

/** The tickets whose drafts cite this article, and what agents made of those drafts. */
export function Answers({ id }: { id: number }) {
  const { t } = useTranslation("knowledge");
  const common = useTranslation().t;
  const { token } = theme.useToken();
  const formats = useFormats();
  const [state, setState] = useState<UseState | "">("");
  const path = { article_id: id };
  const usage = api.useQuery("get", "/api/v1/articles/{article_id}/usage", { params: { path } });
  const uses = api.useInfiniteQuery(
    "get",
    "/api/v1/articles/{article_id}/uses",
    { params: { path, query: { limit: 20, state: state === "" ? undefined : [state] } } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (last: { next?: string | null }) => last.next ?? undefined },
  );
  if (uses.isPending || usage.isPending) return <Skeleton active />;
  if (uses.error ?? usage.error) return <ErrorState error={uses.error ?? usage.error} onRetry={() => void uses.refetch()} />;
  const counts = usage.data;
  if (counts === undefined || counts.cited === 0) return <EmptyState title={t("answers.none")} hint={t("answers.noneHint")} />;
  const judged = counts.accepted + counts.edited + counts.rejected;
  const rows = uses.data.pages.flatMap((page) => page.items);
  return (
    <div style={{ display: "grid", gap: 12 }}>
      <p style={{ margin: 0 }}>
        {t("answers.summary", { count: counts.cited })}
        {judged > 0 && ` ${t("answers.judged", { share: formats.percent((counts.accepted + counts.edited) / judged), count: judged })}`}
        {counts.last_used_at !== null && (
          <>
            {" "}
            {t("answers.last")} <Ago at={counts.last_used_at} />
          </>
        )}
      </p>
      <div className="kn-scroll-x">
        <Segmented<UseState | "">
          size="small"
          value={state}
          onChange={setState}
          options={(["", "accepted", "edited", "rejected", "auto_sent", "pending", "superseded"] as const).map((one) => ({
            value: one,
            label: one === "" ? `${t("filters.all")} ${counts.cited}` : `${t(`answers.state.${one}`)} ${counts[one === "pending" ? "waiting" : one]}`,
          }))}
        />
      </div>
      {rows.map((use) => (
        <article key={use.suggestion_id} className="kn-card" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }}>
          <div className="kn-bar" style={{ fontSize: 12, color: token.colorTextSecondary }}>
            <UseTag state={use.state as UseState} />
            <Link to={`/tickets/${use.ticket_id}`}>
              #{use.ticket_id} {use.subject}
            </Link>
            <span>{common(`status.${use.status as "open"}`)}</span>
            {use.version !== null && <span>{t("answers.version", { number: use.version })}</span>}
            <span style={{ marginInlineStart: "auto" }}>
              <Ago at={use.created_at} />
            </span>
          </div>
          <p className="kn-quote" style={{ margin: "6px 0 4px", fontWeight: 600 }}>
            {use.question}
          </p>
          <p className="kn-quote" style={{ margin: 0, color: token.colorTextSecondary }}>
            {use.sent_text || use.draft}
          </p>
          {use.reason !== "" && <p style={{ margin: "4px 0 0", color: token.colorError }}>{t("answers.because", { reason: use.reason })}</p>}
        </article>
      ))}
      {uses.hasNextPage && (
        <Button onClick={() => void uses.fetchNextPage()} loading={uses.isFetchingNextPage}>
          {common("actions.loadMore")}
        </Button>
      )}
    </div>
  );
}

function UseTag({ state }: { state: UseState }) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const color = {
    accepted: token.colorSuccess,
    auto_sent: token.colorSuccess,
    edited: token.colorWarning,
    rejected: token.colorError,
    pending: token.colorTextSecondary,
    superseded: token.colorTextSecondary,
  }[state];
  return <Chip color={color}>{t(`answers.state.${state}`)}</Chip>;
}
