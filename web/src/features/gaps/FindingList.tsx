import { Button, Skeleton, theme } from "antd";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/components/format";
import { EmptyState, ErrorState } from "@/components/states";
import { useIntents, useShops } from "@/api/lookups";
import { useShortcuts } from "@/keyboard/registry";
import { neglectedOf, useFindings, type Finding, type Kind, type State } from "./data";

interface Props {
  kind: Kind;
  state: State;
  id: string | undefined;
  onOpen: (id: string) => void;
}

export function FindingList({ kind, state, id, onOpen }: Props) {
  const { t } = useTranslation("gaps");
  const common = useTranslation().t;
  const found = useFindings(kind, state);
  const step = (by: number) => {
    const at = found.rows.findIndex((row) => String(row.id) === id);
    const next = found.rows[at === -1 ? 0 : Math.min(Math.max(at + by, 0), found.rows.length - 1)];
    if (next) onOpen(String(next.id));
  };
  useShortcuts(t("list"), [
    { keys: "j", label: t("next"), run: () => step(1) },
    { keys: "k", label: t("previous"), run: () => step(-1) },
  ]);
  if (found.isPending) return <Skeleton active title={false} paragraph={{ rows: 10 }} style={{ padding: 12 }} />;
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  if (found.rows.length === 0) return <EmptyState title={t(`none.${state}`)} hint={t(`hints.${kind}`)} />;
  return (
    <div className="kn-rows">
      <div role="list">
        {found.rows.map((row) => (
          <Row key={row.id} row={row} open={String(row.id) === id} onOpen={() => onOpen(String(row.id))} />
        ))}
      </div>
      {found.hasNextPage && (
        <Button block type="text" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {common("actions.loadMore")}
        </Button>
      )}
    </div>
  );
}

function Row({ row, open, onOpen }: { row: Finding; open: boolean; onOpen: () => void }) {
  const { t } = useTranslation("gaps");
  const { token } = theme.useToken();
  const formats = useFormats();
  const shops = useShops();
  const intents = useIntents();
  const facts: string[] = [];
  if (row.kind === "gap") {
    facts.push(t("asked", { count: Math.round(row.volume) }), t("replies", { count: Math.round(row.effort) }));
    if (row.intent !== null) facts.push(intents.nameOf(row.intent));
  }
  if (row.kind === "stale") facts.push(...(neglectedOf(row).reasons ?? []).map((one) => t(`reasons.${one}`)));
  if (row.kind === "unused") facts.push(t("uncited", { count: row.volume, number: formats.number(row.volume) }));
  if (row.kind === "contradiction") facts.push(t(row.other_id === null ? "againstReplies" : "againstArticle"));
  if (row.shop_id !== null) facts.push(shops.nameOf(row.shop_id));
  return (
    <div role="listitem">
      <button
        type="button"
        className="kn-row"
        aria-current={open ? "true" : undefined}
        onClick={onOpen}
        style={{ borderColor: token.colorBorderSecondary, color: token.colorText, background: open ? token.controlItemBgActive : undefined }}
      >
        <span className="kn-row-title">{row.title}</span>
        <span className="kn-row-meta tabular" style={{ color: token.colorTextSecondary }}>
          {facts.map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
        </span>
      </button>
    </div>
  );
}
