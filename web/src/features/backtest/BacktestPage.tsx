import { Alert, theme } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useShops } from "@/api/lookups";
import { useFormats } from "@/components/format";
import { EmptyState, ErrorState, PageLoading } from "@/components/states";
import { RiskPanel } from "../evaluation/Curves";
import "../evaluation/evaluation.css";
import { BacktestState } from "./BacktestState";
import { type Found, foundOf, useBacktest } from "./data";
import { Groups } from "./Groups";
import { Replays } from "./Replays";
import { ShareText } from "./ShareText";

/** What one backtest found: how much would have been answered, how right it seems, at which risk, ticket by ticket. */
export function BacktestPage() {
  const { t } = useTranslation("backtest");
  const { token } = theme.useToken();
  const { time } = useFormats();
  const { nameOf } = useShops();
  const id = Number(useParams().id);
  const one = useBacktest(id);
  if (one.isPending) return <PageLoading />;
  if (one.error) return <ErrorState error={one.error} onRetry={() => void one.refetch()} />;
  const found = foundOf(one.data);
  return (
    <div className="ev">
      <div className="ev-bar">
        <Link to="/quality/backtests">{t("all")}</Link>
        <h2 className="ev-title">{nameOf(one.data.shop_id)}</h2>
        <BacktestState of={one.data} />
        <span style={{ color: token.colorTextSecondary }}>{time(one.data.created_at)}</span>
      </div>
      {one.data.state === "failed" && <Alert type="error" showIcon title={t("failedHint")} description={one.data.error} style={{ marginBottom: 12 }} />}
      {one.data.state === "running" && <Alert type="info" showIcon title={t("runningHint")} style={{ marginBottom: 12 }} />}
      {one.data.state === "done" && (found.replayed ? <Done id={id} found={found} /> : <EmptyState title={t("nothing")} hint={t("nothingHint")} />)}
    </div>
  );
}

function Done({ id, found }: { id: number; found: Found }) {
  const { t } = useTranslation("backtest");
  const { token } = theme.useToken();
  const { number, percent } = useFormats();
  const points = found.risk_coverage?.points ?? [];
  const sure = found.risk_coverage?.at_precision["0.95"];
  const conflicts = found.agreement?.numbers.conflict ?? 0;
  return (
    <>
      <div className="ev-tiles">
        <Tile name={t("replayed")} about={t("replayedHint")}>
          {number(found.replayed ?? 0)}
        </Tile>
        <Tile name={t("answered")} about={t("answeredHint")}>
          <ShareText share={found.answered} />
        </Tile>
        <Tile name={t("right")} about={t("rightHint")}>
          <ShareText share={found.right} />
        </Tile>
        <Tile name={t("sure")} about={t("sureHint")}>
          {sure ? percent(sure.coverage, 1) : t("never")}
        </Tile>
        <Tile name={t("conflicts")} about={t("conflictsHint")}>
          {number(conflicts)}
        </Tile>
        <Tile name={t("needsRecords")} about={t("needsRecordsHint")}>
          {number(found.needs_records ?? 0)}
        </Tile>
      </div>
      <p className="ev-small" style={{ color: token.colorTextSecondary }}>
        {t("proxy")}
      </p>
      <div className="ev-grid">
        <RiskPanel curve={points.map((one) => [one.coverage, one.risk, one.threshold] as [number, number, number])} />
        <Groups groups={found.by_intent ?? []} />
      </div>
      <Replays id={id} />
    </>
  );
}

function Tile({ name, about, children }: { name: string; about: string; children: ReactNode }) {
  const { token } = theme.useToken();
  return (
    <div className="ev-tile" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }} title={about}>
      <div style={{ color: token.colorTextSecondary }}>{name}</div>
      <div className="ev-tile-value">{children}</div>
    </div>
  );
}
