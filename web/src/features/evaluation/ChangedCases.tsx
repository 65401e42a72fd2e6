import { Button, Segmented, Skeleton, Tag, theme } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api, type Schemas } from "@/api/client";
import { EmptyState, ErrorState } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import type { Said } from "./data";
import "./review.css";
import { CaseHead, Expected, SHOWN } from "./SideBySide";
import { Card, Documents, Metrics, SaidText } from "./SideParts";

type Changed = Schemas["ComparedCaseOut"];
const EFFECTS = ["worse", "better", "changed"] as const satisfies readonly Changed["effect"][];
type Effect = (typeof EFFECTS)[number];
const COLOURS = { worse: "error", better: "success", changed: "default" } as const;

interface Props {
  before: number;
  after: number;
  counts: { all: number; better: number; worse: number };
}

/** Cases whose first source, outcome or rightness changed: a list, and the chosen one before and after. */
export function ChangedCases({ before, after, counts }: Props) {
  const { t } = useTranslation("evaluation");
  const common = useTranslation().t;
  const { token } = theme.useToken();
  const [search, setSearch] = useSearchParams();
  const effect: Effect | undefined = EFFECTS.find((one) => one === search.get("effect"));
  const query = { limit: 30, ...(effect === undefined ? {} : { effect }) };
  const pages = api.useInfiniteQuery(
    "get",
    "/api/v1/evaluations/runs/{run_id}/compare/{other_id}/cases",
    { params: { path: { run_id: before, other_id: after }, query } },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (last: { next?: string | null }) => last.next ?? undefined },
  );
  const rows: Changed[] = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const asked = Number(search.get("case"));
  const current = rows.find((one) => one.case_id === asked) ?? rows[0];
  const place = current === undefined ? -1 : rows.indexOf(current);
  const set = (name: string, value: string) => setSearch((old) => ({ ...Object.fromEntries(old), [name]: value }), { replace: true });
  const step = (by: number) => {
    const next = rows[Math.min(Math.max(place + by, 0), rows.length - 1)];
    if (next) set("case", String(next.case_id));
  };
  const chosen = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (asked > 0) chosen.current?.scrollIntoView({ block: "nearest" });
  }, [asked]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  useEffect(() => {
    // the next ones are there before the last one is left
    if (place >= rows.length - 3 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [place, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  useShortcuts(t("compare.keys"), [
    { keys: "j", label: t("cases.next"), run: () => step(1) },
    { keys: "k", label: t("cases.previous"), run: () => step(-1) },
  ]);
  const shown = { all: counts.all, better: counts.better, worse: counts.worse, changed: counts.all - counts.better - counts.worse };
  return (
    <section className="ev-card" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }} aria-label={t("compare.cases")}>
      <header className="ev-head">
        <h2>{t("compare.changed", { count: counts.all })}</h2>
        <span className="ev-grow" />
        {counts.all > 0 && (
          <div className="ev-scroll-x">
            <Segmented
              size="small"
              aria-label={t("compare.show")}
              value={effect ?? "all"}
              onChange={(value) => setSearch(value === "all" ? {} : { effect: value }, { replace: true })}
              options={(["all", ...EFFECTS] as const).map((value) => ({ value, label: `${t(`compare.effects.${value}`)} ${shown[value]}` }))}
            />
          </div>
        )}
      </header>
      {counts.all === 0 && (
        <p className="ev-pad" style={{ color: token.colorTextSecondary }}>
          {t("compare.noneChanged")}
        </p>
      )}
      {counts.all > 0 && pages.isPending && <Skeleton active paragraph={{ rows: 6 }} style={{ padding: 16 }} />}
      {pages.error && <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />}
      {counts.all > 0 && pages.data && current === undefined && <EmptyState title={t("compare.noneOfThese")} hint={t("compare.noneOfTheseHint")} />}
      {current !== undefined && (
        <div className="rv-columns cm-columns" style={{ borderColor: token.colorBorderSecondary }}>
          <div className="cm-list" style={{ borderColor: token.colorBorderSecondary }}>
            <ol className="rv-list" aria-label={t("compare.list")}>
              {rows.map((row) => (
                <li key={row.case_id}>
                  <button
                    type="button"
                    ref={row === current ? chosen : undefined}
                    aria-current={row === current ? "true" : undefined}
                    onClick={() => set("case", String(row.case_id))}
                    style={{ background: row === current ? token.colorPrimaryBg : "transparent", color: token.colorText, borderColor: token.colorBorderSecondary }}
                  >
                    <Tag color={COLOURS[row.effect]}>{t(`compare.effects.${row.effect}`)}</Tag> <span>{row.expected.question}</span>
                  </button>
                </li>
              ))}
            </ol>
            {hasNextPage && (
              <Button block type="text" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {common("actions.loadMore")}
              </Button>
            )}
          </div>
          <BeforeAfter key={current.case_id} found={current} />
        </div>
      )}
    </section>
  );
}

/** One case: what is right, and what each run found, said and decided. */
function BeforeAfter({ found }: { found: Changed }) {
  const { t } = useTranslation("evaluation");
  return (
    <article className="rv-case" aria-label={t("cases.one", { id: found.case_id })}>
      <CaseHead id={found.case_id} found={found.expected}>
        <Tag color={COLOURS[found.effect]}>{t(`compare.effects.${found.effect}`)}</Tag>
      </CaseHead>
      <div className="rv-three">
        <Expected found={found.expected} />
        {(["before", "after"] as const).map((side) => (
          <Card key={side} title={t(`compare.${side}`)}>
            <SaidText said={found[side].said as Said} />
            <h4>{t("review.retrieved")}</h4>
            <Documents ids={found[side].retrieved.slice(0, SHOWN)} right={found.expected.sources} ordered none={t("review.nothingFound")} />
            <Metrics metrics={found[side].metrics} of={["right", "ndcg@10", "sentence_support", "citation_precision"]} />
          </Card>
        ))}
      </div>
    </article>
  );
}
