/** Views, list and ticket side by side; on narrow screens one after the other. */
import "./inbox.css";
import "./rows.css";
import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button, type InputRef, Skeleton, Space, theme } from "antd";
import dayjs from "dayjs";
import { type CSSProperties, lazy, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useMay } from "@/api/session";
import { media } from "@/app/media";
import { EmptyState, ErrorState } from "@/components/states";
import { TicketLoading } from "../ticket/TicketLoading";
import { BulkBar } from "./BulkBar";
import { useSavedViews } from "./SavedViews";
import { type ListHandle, TicketList } from "./TicketList";
import type { RowWords } from "./TicketRow";
import { Toolbar } from "./Toolbar";
import { useAddress } from "./useAddress";
import { useBulk } from "./useBulk";
import { useChooser } from "./useChooser";
import { useInbox } from "./useInbox";
import { useKeys } from "./useKeys";
import { usePointed } from "./usePointed";
import { useSelection } from "./useSelection";
import { useViewItems, ViewsColumn } from "./ViewsColumn";
import { DEFAULT_VIEW } from "./views";

const TicketPane = lazy(async () => ({ default: (await import("../ticket/TicketPane")).TicketPane }));
const roomy = media("(min-width: 1000px)");
/** How long after a ticket was opened its row has been read. */
const READ_MS = 1500;

export function InboxPage() {
  const { t, i18n } = useTranslation("inbox");
  const views = api.useQuery("get", "/api/v1/inbox/views", {}, { staleTime: 60_000 });
  const counts = api.useQuery("get", "/api/v1/inbox/counts").data;
  const intents = api.useQuery("get", "/api/v1/intents", {}, { staleTime: Infinity }).data;
  const mayChange = useMay("tickets:bulk");
  const address = useAddress(views.data);
  const { openId, view, filters, sort, open } = address;
  const { list, rows, newer, reload, refreshRows } = useInbox(filters, sort);
  const scope = JSON.stringify([filters, sort]);
  const selection = useSelection(rows, scope);
  const openIndex = useMemo(() => (openId === null ? -1 : rows.findIndex((row) => row.id === openId)), [openId, rows]);
  const [pointed, setFocused] = usePointed(rows, scope, !list.isPlaceholderData);
  const focused = openIndex >= 0 ? openIndex : pointed;
  const handle = useRef<ListHandle>(null);
  const searchBox = useRef<InputRef>(null);
  const isRoomy = useSyncExternalStore(roomy.subscribe, roomy.matches);
  const language = i18n.language === "en" ? "en" : "zh";

  const words = useMemo<RowWords>(() => {
    const locale = language === "en" ? "en" : "zh-cn";
    const names = new Map((intents ?? []).map((one) => [one.id, one.names[language] ?? one.id]));
    return {
      ago: (iso) => dayjs(iso).locale(locale).fromNow(),
      waited: (iso) => dayjs(iso).locale(locale).fromNow(true),
      intent: (id) => names.get(id) ?? id,
      channel: (id) => (i18n.exists(`common:channel.${id}`) ? t(`channel.${id}` as "channel.web", { ns: "common" }) : id),
    };
  }, [i18n, intents, language, t]);

  const items = useViewItems(views.data ?? [], counts);
  const saved = useSavedViews(filters, sort, address.setView, (id) => view === `saved:${id}` && address.setView(DEFAULT_VIEW));
  const bulk = useBulk(useCallback(() => void reload(), [reload]));
  const here = rows[focused];
  const target = selection.chosenRows.length > 0 ? selection.chosenRows : here ? [here] : [];
  const chooser = useChooser(target, counts, (changes) => void bulk.change(target, changes).then(selection.none));

  // a second key may come before the first one's ticket is drawn
  const wanted = useRef<number | null>(null);
  useLayoutEffect(() => {
    wanted.current = null;
  }, [focused, openId]);
  const step = (by: 1 | -1) => {
    // what was open may have left the list: the one that took its place is the next one
    const from = wanted.current ?? (openId !== null && openIndex < 0 && by === 1 ? focused - 1 : focused);
    const next = Math.max(0, Math.min(from + by, rows.length - 1));
    const row = rows[next];
    if (!row) return;
    wanted.current = next;
    setFocused(next);
    handle.current?.show(next, openId === null);
    if (openId !== null) open(row.id, true);
  };
  useKeys({
    items,
    openId,
    mayChange,
    anyChosen: selection.ids.size > 0,
    anyTarget: target.length > 0,
    step,
    openFocused: () => rows[focused] && open(rows[focused].id),
    leave: () => (selection.ids.size > 0 ? selection.none() : open(null)),
    toggle: () => here && selection.choose(here.id, focused, false),
    toSearch: () => searchBox.current?.focus({ cursor: "all" }),
    setView: address.setView,
    ask: chooser.ask,
    undo: () => void bulk.undo(),
    save: saved.add,
    reload: () => void reload(),
  });
  useEffect(() => handle.current?.top(), [scope]);
  useEffect(() => {
    if (openId === null) return undefined;
    const timer = window.setTimeout(() => void refreshRows([openId]).catch(() => undefined), READ_MS);
    return () => window.clearTimeout(timer);
  }, [openId, refreshRows]);
  const title = items.find((item) => item.key === view)?.label ?? t("title");
  useEffect(() => {
    document.title = `${title} · ${t("title")} · Support Copilot`;
  }, [t, title]);

  const narrowed = Object.keys(address.chosen).length > 0;
  return (
    <div className="inbox" data-open={openId !== null} style={useInboxColours()}>
      <h1 className="visually-hidden">{t("title")}</h1>
      <ViewsColumn items={items} current={view} counts={counts} addressOf={address.viewAddress} onRename={saved.rename} onShare={saved.share} onDelete={saved.remove} />
      <section className="inbox-list" aria-label={t("list.label")} data-old={list.isPlaceholderData}>
        <Toolbar
          searchBox={searchBox}
          items={items}
          view={view}
          counts={counts}
          filters={address.chosen}
          sort={sort}
          onView={address.setView}
          onFilters={address.setFilters}
          onSort={address.setSort}
          onSave={saved.add}
        />
        {selection.ids.size > 0 && (
          <BulkBar
            count={selection.chosenRows.length}
            loaded={rows.length}
            tagged={selection.chosenRows.some((row) => row.tags.length > 0)}
            onVerb={chooser.ask}
            onAll={selection.all}
            onNone={selection.none}
          />
        )}
        {list.isPending ? (
          <ListLoading />
        ) : list.error && rows.length === 0 ? (
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        ) : rows.length === 0 ? (
          <EmptyState title={t(narrowed ? "empty.found" : "empty.view")} hint={t(narrowed ? "empty.foundHint" : "empty.viewHint")}>
            {narrowed ? (
              <Space wrap style={{ justifyContent: "center" }}>
                {view !== "all" && (
                  <Button type="primary" onClick={() => address.widen()}>
                    {t("empty.everywhere")}
                  </Button>
                )}
                <Button onClick={() => address.setFilters({})}>{t("filter.clear")}</Button>
              </Space>
            ) : (
              view !== DEFAULT_VIEW && <Button onClick={() => address.setView(DEFAULT_VIEW)}>{t("empty.all")}</Button>
            )}
          </EmptyState>
        ) : (
          <TicketList
            ref={handle}
            rows={rows}
            words={words}
            wide={openId === null && isRoomy}
            label={title}
            openId={openId}
            focused={focused}
            chosen={selection.ids}
            addressOf={address.ticketAddress}
            hasMore={list.hasNextPage}
            loadingMore={list.isFetchingNextPage}
            failedMore={list.isFetchNextPageError}
            newer={newer}
            onMore={list.fetchNextPage as () => void}
            onNewer={() => void reload().then(() => handle.current?.top())}
            onChoose={selection.choose}
            onPoint={setFocused}
          />
        )}
      </section>
      {openId !== null && (
        <section className="inbox-ticket" aria-label={t("ticket.label", { id: openId })}>
          <Button className="inbox-back" type="text" icon={<ArrowLeftOutlined />} onClick={() => open(null)}>
            {t("ticket.back")}
          </Button>
          <div className="inbox-pane">
            <Suspense fallback={<div className="ticket-pane"><TicketLoading /></div>}>
              <TicketPane key={openId} ticketId={openId} />
            </Suspense>
          </div>
        </section>
      )}
      {chooser.dialog}
      {saved.dialog}
    </div>
  );
}

function ListLoading() {
  return (
    <div className="inbox-loading" aria-busy="true">
      {Array.from({ length: 8 }, (_, index) => (
        <Skeleton key={index} active title={{ width: "60%" }} paragraph={{ rows: 1, width: "90%" }} />
      ))}
    </div>
  );
}

/** The theme's colours as variables: rows are plain elements, styled by the CSS file. */
function useInboxColours(): CSSProperties {
  const { token } = theme.useToken();
  return {
    "--inbox-accent": token.colorPrimary,
    "--inbox-accent-bg": token.colorPrimaryBg,
    "--inbox-text": token.colorText,
    "--inbox-soft": token.colorTextSecondary,
    "--inbox-faint": token.colorTextTertiary,
    "--inbox-line": token.colorBorderSecondary,
    "--inbox-bg": token.colorBgContainer,
    "--inbox-hover": token.colorFillQuaternary,
    "--inbox-fill": token.colorFillTertiary,
    "--inbox-warn": token.colorWarningText,
    "--inbox-error": token.colorErrorText,
    "--inbox-good": token.colorSuccessText,
  } as CSSProperties;
}
