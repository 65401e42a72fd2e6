import { Button, Segmented, Select, Skeleton, theme, type InputRef } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api } from "@/api/client";
import { Ago } from "@/components/format";
import { Redacted } from "@/components/Redacted";
import { SearchField } from "@/components/SearchField";
import { EmptyState, ErrorState } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { useIntents, useShops } from "@/api/lookups";
import { AudienceTag } from "../tags";
import { CasePane } from "./CasePane";
import { STATUSES, statusOf, useCases, type Case } from "./useCases";

/** Cases one after the other: a decision brings the next one by itself. */
export function CasesPage() {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const { id } = useParams();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const [typed, setTyped] = useState(search.get("q") ?? "");
  const searchBox = useRef<InputRef>(null);
  const shops = useShops();
  const counts = api.useQuery("get", "/api/v1/cases/counts");
  const cases = useCases(search);
  const rows = cases.rows;
  const status = statusOf(search);
  const go = (to: string | null) => void navigate({ pathname: `/knowledge/cases${to === null ? "" : `/${to}`}`, search: search.toString() });
  const set = (values: Record<string, string | null>) => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === "") next.delete(name);
      else next.set(name, value);
    }
    setSearch(next, { replace: true });
  };
  const step = (by: number) => {
    const at = rows.findIndex((row) => String(row.id) === id);
    const next = rows[at === -1 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) go(String(next.id));
  };
  const decided = () => {
    const at = rows.findIndex((row) => String(row.id) === id);
    const next = rows[at + 1] ?? rows[at - 1];
    go(next ? String(next.id) : null);
  };
  useShortcuts(t("keys.list"), [
    { keys: "j", label: t("keys.next"), run: () => step(1) },
    { keys: "k", label: t("keys.previous"), run: () => step(-1) },
    { keys: "/", label: t("keys.search"), run: () => searchBox.current?.focus() },
  ]);
  return (
    <div className={`kn-two${id === undefined ? " kn-none-open" : ""}`}>
      <section className="kn-list" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }} aria-label={t("tabs.cases")}>
        <div className="kn-list-head">
          <SearchField box={searchBox} label={t("cases.search")} typed={typed} onType={setTyped} onSearch={(q) => set({ q })} />
          <div className="kn-wrap">
            <Segmented
              size="small"
              aria-label={t("filters.status")}
              value={status}
              onChange={(value) => void navigate({ pathname: "/knowledge/cases", search: `?status=${value}` })}
              options={STATUSES.map((one) => ({ value: one, label: `${t(`cases.status.${one}`)} ${counts.data?.[one] ?? ""}` }))}
            />
          </div>
          {shops.shops.length > 1 && (
            <Select
              size="small"
              allowClear
              placeholder={t("scope.allShops")}
              aria-label={t("filters.shop")}
              value={search.get("shop")}
              onChange={(value: string | undefined) => set({ shop: value ?? null })}
              options={shops.options.map((one) => ({ value: String(one.value), label: one.label }))}
            />
          )}
        </div>
        {cases.isPending && <Skeleton active title={false} paragraph={{ rows: 10 }} style={{ padding: 12 }} />}
        {cases.error && <ErrorState error={cases.error} onRetry={() => void cases.refetch()} />}
        {cases.data && rows.length === 0 && <EmptyState title={t(`cases.none.${status}`)} hint={t("cases.noneHint")} />}
        <div className="kn-rows">
          <div role="list">
            {rows.map((row) => (
              <Row key={row.id} row={row} open={String(row.id) === id} shop={shops.nameOf(row.shop_id)} onOpen={() => go(String(row.id))} />
            ))}
          </div>
          {cases.hasNextPage && (
            <Button block type="text" loading={cases.isFetchingNextPage} onClick={() => void cases.fetchNextPage()}>
              {t("list.more")}
            </Button>
          )}
        </div>
      </section>
      <section className="kn-article" aria-label={t("cases.label")}>
        {id === undefined ? <EmptyState title={t("cases.choose")} hint={t("cases.chooseHint")} /> : <CasePane key={id} id={Number(id)} onDecided={decided} onBack={() => go(null)} />}
      </section>
    </div>
  );
}

function Row({ row, open, shop, onOpen }: { row: Case; open: boolean; shop: string; onOpen: () => void }) {
  const { token } = theme.useToken();
  const intents = useIntents();
  const element = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (open) element.current?.scrollIntoView({ block: "nearest" });
  }, [open]);
  return (
    <div role="listitem">
      <button
        ref={element}
        type="button"
        className="kn-row"
        aria-current={open ? "true" : undefined}
        style={{ borderColor: token.colorBorderSecondary, background: open ? token.colorPrimaryBg : undefined, color: token.colorText }}
        onClick={onOpen}
      >
        <span className="kn-row-title">
          <Redacted text={row.question} />
        </span>
        <span className="kn-row-meta" style={{ color: token.colorTextTertiary }}>
          {row.audience !== "public" && <AudienceTag audience={row.audience} />}
          <span>{shop}</span>
          {row.intent !== null && <span>{intents.nameOf(row.intent)}</span>}
          <span style={{ marginInlineStart: "auto" }}>
            <Ago at={row.created_at} />
          </span>
        </span>
      </button>
    </div>
  );
}
