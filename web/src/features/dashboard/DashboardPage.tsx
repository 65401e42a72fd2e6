import { keepPreviousData } from "@tanstack/react-query";
import { Alert } from "antd";
import { useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useMay } from "@/api/session";
import { PageFrame } from "@/components/PageFrame";
import { EmptyState, ErrorState, PageLoading } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { useHints } from "@/live/hints";
import { Controls } from "./Controls";
import { DailyChart } from "./DailyChart";
import "./dashboard.css";
import { DraftsPanel } from "./DraftsPanel";
import { DurationTile, ShareTile } from "./figures";
import { HourMap } from "./HourMap";
import { AutomationPanel, PartsPanel, PeoplePanel, SatisfactionPanel } from "./Panels";
import { PRESETS, useChoice } from "./period";
import { Oldest, QueueTiles } from "./QueueRow";

const REFRESH_MS = 30_000;

/** Asks again when something has happened, every half minute at most. */
function useCalmRefresh(): void {
  const timer = useRef<number | undefined>(undefined);
  useHints(
    useCallback(() => {
      timer.current ??= window.setTimeout(() => {
        timer.current = undefined;
        void invalidate("/api/v1/insights");
      }, REFRESH_MS);
    }, []),
  );
  useEffect(() => () => window.clearTimeout(timer.current), []);
}

/** The queue now, and what happened in a period: each number with its definition, its size and what it was before. */
export function DashboardPage() {
  const { t } = useTranslation("dashboard");
  const choice = useChoice();
  const may = useMay("insights:read");
  useCalmRefresh();
  useShortcuts(
    t("title"),
    PRESETS.filter((one) => one !== "custom").map((period) => ({
      keys: "",
      label: t("show", { period: t(`periods.${period}`) }),
      run: () => choice.choose({ period, from: null, to: null }),
    })),
  );
  return (
    <PageFrame title={t("title")} hint={may ? <Shown /> : undefined} actions={may ? <Controls choice={choice} /> : undefined}>
      {may ? <Figures /> : <EmptyState title={t("notForYou")} hint={t("notForYouHint")} />}
    </PageFrame>
  );
}

/** Which days on whose clock: what the server says, not what was asked. */
function Shown() {
  const { t } = useTranslation("dashboard");
  const { asked } = useChoice();
  const volumes = api.useQuery("get", "/api/v1/insights/volumes", { params: { query: asked } }, { placeholderData: keepPreviousData });
  const period = volumes.data?.period;
  if (!period) return <>&nbsp;</>;
  const days = period.first === period.last ? period.first : `${period.first} – ${period.last}`;
  return <span className="tabular">{t("shown", { days, zone: period.timezone })}</span>;
}

function Figures() {
  const { t } = useTranslation("dashboard");
  const { asked, businessHours } = useChoice();
  const init = { params: { query: asked } };
  const keep = { placeholderData: keepPreviousData, staleTime: REFRESH_MS };
  const shop = asked.shop_id;
  const queue = api.useQuery("get", "/api/v1/insights/queue", { params: { query: shop === undefined ? {} : { shop_id: shop } } }, keep);
  const times = api.useQuery("get", "/api/v1/insights/times", { params: { query: { ...asked, business_hours: businessHours } } }, keep);
  const volumes = api.useQuery("get", "/api/v1/insights/volumes", init, { placeholderData: keepPreviousData });
  const drafts = api.useQuery("get", "/api/v1/insights/drafts", init, keep);
  const automation = api.useQuery("get", "/api/v1/insights/automation", init, keep);
  const satisfaction = api.useQuery("get", "/api/v1/insights/satisfaction", init, keep);
  const people = api.useQuery("get", "/api/v1/insights/people", init, keep);
  const all = [queue, times, volumes, drafts, automation, satisfaction, people];
  const failed = all.find((one) => one.error !== null && one.data === undefined);
  if (failed) return <ErrorState error={failed.error} onRetry={() => all.forEach((one) => void one.refetch())} />;
  if (!queue.data || !times.data || !volumes.data || !drafts.data || !automation.data || !satisfaction.data || !people.data)
    return <PageLoading />;
  const empty = queue.data.total === 0 && volumes.data.now.created + volumes.data.now.resolved + volumes.data.before.created === 0;
  return (
    <div aria-busy={all.some((one) => one.isPlaceholderData)}>
      {queue.data.own && <Alert type="info" showIcon title={t("own")} style={{ marginBottom: 10 }} />}
      <div className="db-tiles">
        <QueueTiles queue={queue.data} shop={shop} />
        <DurationTile of="firstResponse" now={times.data.now.first_response} before={times.data.before.first_response} />
        <DurationTile of="resolution" now={times.data.now.resolution} before={times.data.before.resolution} />
        <ShareTile of="accepted" now={drafts.data.now.total.accepted_share} before={drafts.data.before.total.accepted_share} />
        <ShareTile of="answered" now={automation.data.now.answered} before={automation.data.before.answered} better="none" />
        <ShareTile of="handedOver" now={automation.data.now.handed_over} before={automation.data.before.handed_over} better="none" />
        <ShareTile of="solvedAlone" now={automation.data.now.solved_alone} before={automation.data.before.solved_alone} better="none" />
        <ShareTile of="satisfied" now={satisfaction.data.now.satisfied} before={satisfaction.data.before.satisfied} />
      </div>
      {empty ? (
        <EmptyState title={t("fresh")} hint={t("freshHint")}>
          <Link to="/inbox">{t("toInbox")}</Link>
        </EmptyState>
      ) : (
        <div className="db-grid">
          <DailyChart days={volumes.data.now.by_day} />
          <Oldest queue={queue.data} />
          <DraftsPanel drafts={drafts.data.now} />
          <AutomationPanel automation={automation.data.now} />
          <PartsPanel of="intents" parts={volumes.data.now.by_intent} shop={shop} filter="intent" />
          <div className="db-column">
            <HourMap hours={volumes.data.now.by_hour} />
            <PartsPanel of="channels" parts={volumes.data.now.by_channel} shop={shop} filter="channel" />
            <PartsPanel of="languages" parts={volumes.data.now.by_language} shop={shop} filter="language" />
          </div>
          <SatisfactionPanel figures={satisfaction.data.now} />
          <PeoplePanel people={people.data.now.people} shop={shop} />
        </div>
      )}
    </div>
  );
}
