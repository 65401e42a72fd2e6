import { PlayCircleOutlined } from "@ant-design/icons";
import { Button, Skeleton, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useShops } from "@/api/lookups";
import { DataTable } from "@/components/DataTable";
import { Ago, useFormats } from "@/components/format";
import { EmptyState, ErrorState } from "@/components/states";
import "../evaluation/evaluation.css";
import { BacktestState } from "./BacktestState";
import { type Backtest, foundOf, useBacktests } from "./data";
import { ShareText } from "./ShareText";
import { StartBacktest } from "./StartBacktest";

/** Replays of a shop's closed tickets: what would have been answered before anybody lets the bot answer. */
export function BacktestsPage() {
  const { t } = useTranslation("backtest");
  const { token } = theme.useToken();
  const found = useBacktests();
  const [starting, setStarting] = useState(false);
  return (
    <div className="ev">
      <div className="ev-bar">
        <span style={{ color: token.colorTextSecondary }}>{t("hint")}</span>
        <span className="ev-grow" />
        <Button type="primary" icon={<PlayCircleOutlined />} onClick={() => setStarting(true)}>
          {t("start.title")}
        </Button>
      </div>
      <section className="ev-card" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }} aria-label={t("title")}>
        {found.isPending && <Skeleton active title={false} paragraph={{ rows: 6 }} style={{ padding: 16 }} />}
        {found.error && <ErrorState error={found.error} onRetry={() => void found.refetch()} />}
        {found.data && found.rows.length === 0 && <EmptyState title={t("none")} hint={t("noneHint")} />}
        {found.rows.length > 0 && <Rows rows={found.rows} />}
        {found.hasNextPage && (
          <Button block type="text" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {t("more")}
          </Button>
        )}
      </section>
      {starting && <StartBacktest onClose={() => setStarting(false)} />}
    </div>
  );
}

function Rows({ rows }: { rows: readonly Backtest[] }) {
  const { t } = useTranslation("backtest");
  const { date, number } = useFormats();
  const { nameOf } = useShops();
  const asked = ({ limit, since }: Backtest) => [limit === null ? t("allTickets") : t("newest", { n: number(limit) }), since !== null && t("since", { day: date(since) })].filter(Boolean).join(" · ");
  return (
    <DataTable
      label={t("title")}
      heads={[{ label: t("shop") }, { label: t("tickets") }, { label: t("state.title") }, { label: t("answered"), figure: true }, { label: t("right"), figure: true }, { label: t("when") }]}
      rows={rows.map((one) => ({
        key: one.id,
        cells: [
          <Link key="shop" to={`/quality/backtests/${one.id}`}>
            {nameOf(one.shop_id)}
          </Link>,
          asked(one),
          <BacktestState key="state" of={one} />,
          <ShareText key="answered" brief share={foundOf(one).answered} />,
          <ShareText key="right" brief share={foundOf(one).right} />,
          <Ago key="when" at={one.created_at} />,
        ],
      }))}
    />
  );
}
