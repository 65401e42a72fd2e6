import { Button, Skeleton, theme } from "antd";
import { CommentOutlined, EditOutlined } from "@ant-design/icons";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Ago } from "@/components/format";
import { EmptyState, ErrorState } from "@/components/states";
import { openedOf, publishedOf, stateOf } from "../states";
import { AudienceTag, StateTag } from "../tags";
import type { ArticleRow, useArticles } from "./useArticles";

interface Props {
  articles: ReturnType<typeof useArticles>;
  openId: string | undefined;
  onOpen: (id: string) => void;
  filtered: boolean;
  onReset: () => void;
}

export function ArticleList({ articles, openId, onOpen, filtered, onReset }: Props) {
  const { t } = useTranslation("knowledge");
  const common = useTranslation().t;
  if (articles.isPending) return <Skeleton active title={false} paragraph={{ rows: 12 }} style={{ padding: 12 }} />;
  if (articles.error) return <ErrorState error={articles.error} onRetry={() => void articles.refetch()} />;
  if (articles.rows.length === 0) {
    return (
      <EmptyState title={t(filtered ? "list.noneFound" : "list.none")} hint={t(filtered ? "list.noneFoundHint" : "list.noneHint")}>
        {filtered && <Button onClick={onReset}>{t("filters.reset")}</Button>}
      </EmptyState>
    );
  }
  return (
    <div className="kn-rows">
      <div role="list">
        {articles.rows.map((row) => (
          <Row key={row.id} row={row} open={String(row.id) === openId} onOpen={onOpen} />
        ))}
      </div>
      {articles.hasNextPage && (
        <Button block type="text" loading={articles.isFetchingNextPage} onClick={() => void articles.fetchNextPage()}>
          {common("actions.loadMore")}
        </Button>
      )}
    </div>
  );
}

function Row({ row, open, onOpen }: { row: ArticleRow; open: boolean; onOpen: (id: string) => void }) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const element = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (open) element.current?.scrollIntoView({ block: "nearest" });
  }, [open]);
  const opened = openedOf(row);
  return (
    <div role="listitem">
      <button
        ref={element}
        type="button"
        className="kn-row"
        aria-current={open ? "true" : undefined}
        style={{ borderColor: token.colorBorderSecondary, background: open ? token.colorPrimaryBg : undefined, color: token.colorText }}
        onClick={() => onOpen(String(row.id))}
      >
        <span className="kn-row-title">{row.current.title}</span>
        <span className="kn-row-meta" style={{ color: token.colorTextTertiary }}>
          <StateTag state={stateOf(row)} />
          <AudienceTag audience={row.audience} />
          {opened !== null && publishedOf(row) !== null && (
            <span title={t("list.alsoOpen", { number: opened.number })} style={{ color: token.colorWarning }}>
              <EditOutlined aria-hidden="true" /> v{opened.number}
            </span>
          )}
          {row.unread_feedback > 0 && (
            <span title={t("list.unread", { count: row.unread_feedback })} style={{ color: token.colorError }}>
              <CommentOutlined aria-hidden="true" /> {row.unread_feedback}
              <span className="visually-hidden">{t("list.unread", { count: row.unread_feedback })}</span>
            </span>
          )}
          <span style={{ marginInlineStart: "auto" }}>
            <Ago at={row.updated_at} />
          </span>
        </span>
      </button>
    </div>
  );
}
