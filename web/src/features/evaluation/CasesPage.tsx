import { DownloadOutlined, PlusOutlined, UploadOutlined } from "@ant-design/icons";
import { Button, Segmented, Skeleton, Tag, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api } from "@/api/client";
import { useIntents } from "@/api/lookups";
import { useMay } from "@/api/session";
import { Ago, useFormats } from "@/components/format";
import { EmptyState, ErrorState } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { CaseDrawer } from "./CaseDrawer";
import { CaseFilters } from "./CaseFilters";
import { STATUSES, useWords, type EvalCase } from "./data";
import "./evaluation.css";
import { ImportCases } from "./ImportCases";

function useCases(search: URLSearchParams, status: string) {
  const given = (name: string) => search.get(name) ?? undefined;
  const pages = api.useInfiniteQuery(
    "get",
    "/api/v1/evaluations/cases",
    {
      params: {
        query: {
          status: status as "review",
          kind: given("kind") as "accepted",
          language: given("language"),
          intent: given("intent"),
          source: given("source"),
          q: given("q"),
          limit: 50,
        },
      },
    },
    { pageParamName: "cursor", initialPageParam: null, getNextPageParam: (last: { next?: string | null }) => last.next ?? undefined },
  );
  const rows: EvalCase[] = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return { ...pages, rows };
}

/** Questions with what is known to be right; those that nobody has settled come first. */
export function CasesPage() {
  const { t } = useTranslation("evaluation");
  const { token } = theme.useToken();
  const { id } = useParams();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const [importing, setImporting] = useState(false);
  const may = useMay("knowledge:publish");
  const counts = api.useQuery("get", "/api/v1/evaluations/cases/counts");
  const status = STATUSES.find((one) => one === search.get("status")) ?? ((counts.data?.review ?? 1) > 0 ? "review" : "active");
  const cases = useCases(search, status);
  const go = (to: string | null) => void navigate({ pathname: `/quality/cases${to === null ? "" : `/${to}`}`, search: search.toString() });
  const set = (name: string, value: string | null) => {
    const next = new URLSearchParams(search);
    if (value === null || value === "") next.delete(name);
    else next.set(name, value);
    setSearch(next, { replace: true });
  };
  const step = (by: number) => {
    const at = cases.rows.findIndex((row) => String(row.id) === id);
    const next = cases.rows[at === -1 ? 0 : Math.min(Math.max(at + by, 0), cases.rows.length - 1)];
    if (next) go(String(next.id));
  };
  useShortcuts(t("cases.keys"), [
    { keys: "j", label: t("cases.next"), run: () => step(1) },
    { keys: "k", label: t("cases.previous"), run: () => step(-1) },
    { keys: "n", label: t("cases.add"), run: () => go("new"), disabled: !may },
  ]);
  return (
    <div className="ev">
      <div className="ev-bar">
        <Segmented
          aria-label={t("cases.statusLabel")}
          value={status}
          onChange={(value) => set("status", value)}
          options={STATUSES.map((one) => ({ value: one, label: `${t(`status.${one}`)} ${counts.data?.[one] ?? ""}` }))}
        />
        <span className="ev-grow" />
        {may && (
          <>
            <Button icon={<UploadOutlined />} onClick={() => setImporting(true)}>
              {t("cases.import")}
            </Button>
            <Button icon={<DownloadOutlined />} href="/api/v1/evaluations/cases/export" download>
              {t("cases.export")}
            </Button>
            <Button type="primary" icon={<PlusOutlined />} onClick={() => go("new")}>
              {t("cases.add")}
            </Button>
          </>
        )}
      </div>
      <CaseFilters search={search} set={set} />
      <section className="ev-card" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }} aria-label={t("cases.title")}>
        {cases.isPending && <Skeleton active title={false} paragraph={{ rows: 10 }} style={{ padding: 16 }} />}
        {cases.error && <ErrorState error={cases.error} onRetry={() => void cases.refetch()} />}
        {cases.data && cases.rows.length === 0 && <EmptyState title={t(`cases.none.${status}`)} hint={t("cases.noneHint")} />}
        {cases.rows.length > 0 && <CaseTable rows={cases.rows} open={id} onOpen={(one) => go(String(one))} />}
        {cases.hasNextPage && (
          <Button block type="text" loading={cases.isFetchingNextPage} onClick={() => void cases.fetchNextPage()}>
            {t("more")}
          </Button>
        )}
      </section>
      {id !== undefined && <CaseDrawer key={id} id={id} onClose={() => go(null)} onMade={(made) => go(String(made))} />}
      <ImportCases open={importing} onClose={() => setImporting(false)} />
    </div>
  );
}

function CaseTable({ rows, open, onOpen }: { rows: readonly EvalCase[]; open: string | undefined; onOpen: (id: number) => void }) {
  const { t, word } = useWords();
  const { token } = theme.useToken();
  const { number } = useFormats();
  const intents = useIntents();
  return (
    <div className="ev-scroll" tabIndex={0} role="region" aria-label={t("cases.title")}>
      <table className="ev-table">
        <thead>
          <tr style={{ color: token.colorTextSecondary }}>
            <th scope="col">{t("field.question")}</th>
            <th scope="col">{t("field.kind")}</th>
            <th scope="col">{t("field.expected")}</th>
            <th scope="col">{t("field.intent")}</th>
            <th scope="col" className="ev-number">
              {t("field.sources")}
            </th>
            <th scope="col" className="ev-number" title={t("field.weightHint")}>
              {t("field.weight")}
            </th>
            <th scope="col">{t("field.updated")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} style={{ borderColor: token.colorBorderSecondary, background: String(row.id) === open ? token.colorPrimaryBg : undefined }}>
              <th scope="row">
                <button type="button" className="ev-question" style={{ color: token.colorText }} onClick={() => onOpen(row.id)}>
                  {row.question}
                </button>
              </th>
              <td>
                {word("kind", row.kind)} {row.dangerous && <Tag color="warning">{t("dangerous")}</Tag>}
              </td>
              <td style={row.expected === "unknown" ? { color: token.colorTextSecondary } : undefined}>{word("expected", row.expected)}</td>
              <td>{row.intent === null ? "–" : intents.nameOf(row.intent)}</td>
              <td className="ev-number tabular">{row.sources.length === 0 ? "–" : row.sources.length}</td>
              <td className="ev-number tabular">{number(row.weight, 1)}</td>
              <td>
                <Ago at={row.updated_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
