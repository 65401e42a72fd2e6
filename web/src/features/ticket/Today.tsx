import { HistoryOutlined } from "@ant-design/icons";
import { Alert, Button, Skeleton, Tag, theme } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "@/api/client";
import { ErrorState } from "@/components/states";
import { useIntentName } from "./data";
import { useRuleDetail, useRuleName } from "./ruleDetail";

type Explanation = Schemas["ExplanationOut"];

/** What the server says in English about a part that is not replayed, by how it begins. */
const LIMITS = [
  ["A language model", "llm"],
  ["The customer's records", "records"],
  ["The customer is no longer", "unverified"],
  ["The rows of passages", "rows"],
  ["The drafter", "drafter"],
  ["The verifier", "verifier"],
] as const;

/** What made this draft, and what would come of the same question today; asked for when somebody wants to know. */
export function Today({ suggestionId }: { suggestionId: number }) {
  const { t } = useTranslation("ticket");
  const [wanted, setWanted] = useState(false);
  const found = api.useQuery(
    "get",
    "/api/v1/suggestions/{suggestion_id}/explain",
    { params: { path: { suggestion_id: suggestionId } } },
    { enabled: wanted, staleTime: 0, gcTime: 0, refetchOnWindowFocus: false },
  );
  if (!wanted) {
    return (
      <Button type="link" style={{ padding: 0 }} icon={<HistoryOutlined />} onClick={() => setWanted(true)}>
        {t("today.ask")}
      </Button>
    );
  }
  return (
    <section className="ticket-why" aria-label={t("today.title")} aria-live="polite">
      <h3>{t("today.title")}</h3>
      {found.isPending && <Skeleton active title={false} paragraph={{ rows: 4 }} />}
      {found.error && <ErrorState error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <Told found={found.data} />}
    </section>
  );
}

function Told({ found }: { found: Explanation }) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const limit = (text: string) => {
    const known = LIMITS.find(([start]) => text.startsWith(start));
    return known ? t(`today.limit.${known[1]}`) : text;
  };
  // the classifier that needs no labels has no version of its own there: nothing says that it is another one
  const parts = found.parts.filter((one) => (one.state === "changed" || one.state === "gone") && !(one.name === "classifier" && one.now === null));
  const sources = found.sources.filter((one) => one.cited && (one.state !== "valid" || !one.intact) && one.state !== "record");
  const today = found.today;
  const same = today !== null && today.text_same && today.outcome === today.outcome_then && today.hits.length === 0 && today.rules.length === 0;
  return (
    <>
      {today === null && <Alert type="warning" showIcon title={t("today.cannot")} description={found.today_error} />}
      {same && <Alert type="success" showIcon title={t("today.same")} />}
      {today !== null && !same && <Differences today={today} />}
      <List title={t("today.sources")} shown={sources.length > 0}>
        {sources.map((one) => (
          <li key={`${one.document_id} ${one.passage_id}`}>
            {one.title || one.document_id} <Tag color="warning">{t(`today.source.${one.intact ? one.state : "changed"}` as "today.source.replaced")}</Tag>
            {one.version !== null && one.newest_version !== null && one.version !== one.newest_version && <span className="tabular">{`v${one.version} → v${one.newest_version}`}</span>}
          </li>
        ))}
      </List>
      <List title={t("today.parts")} shown={parts.length > 0}>
        {parts.map((one) => (
          <li key={one.name}>
            {one.name}: <code>{one.then ?? "–"}</code> → <code>{one.now ?? "–"}</code>
          </li>
        ))}
      </List>
      <p style={{ color: token.colorTextSecondary }}>{t(`today.replay.${found.replayed.reproduced === null ? "untried" : found.replayed.reproduced ? "yes" : "no"}`)}</p>
      {found.replayed.limits.map((one) => (
        <p key={one} style={{ color: token.colorTextTertiary, fontSize: 12 }}>
          {limit(one)}
        </p>
      ))}
    </>
  );
}

function List({ title, shown, children }: { title: string; shown: boolean; children: ReactNode }) {
  if (!shown) return null;
  return (
    <>
      <p>
        <strong>{title}</strong>
      </p>
      <ul style={{ margin: 0, paddingInlineStart: 18 }}>{children}</ul>
    </>
  );
}

function Differences({ today }: { today: NonNullable<Explanation["today"]> }) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const intent = useIntentName();
  const told = useRuleDetail();
  const ruleName = useRuleName();
  const outcome = (one: typeof today.outcome_then) => (one === null ? "–" : t(`why.outcome.${one}`));
  const rank = (one: number | null) => (one === null ? t("today.notFound") : `#${one}`);
  return (
    <>
      {today.outcome !== today.outcome_then && (
        <p>
          <strong>{t("today.outcome")}</strong>
          {t("list.colon")}
          {outcome(today.outcome_then)} → {outcome(today.outcome)}
        </p>
      )}
      {today.intent !== today.intent_then && (
        <p>
          <strong>{t("why.classified")}</strong>
          {t("list.colon")}
          {intent(today.intent_then)} → {intent(today.intent)}
        </p>
      )}
      {!today.text_same && (
        <>
          <p>
            <strong>{t("today.text")}</strong>
          </p>
          <blockquote style={{ margin: "4px 0", padding: "6px 10px", borderInlineStart: `3px solid ${token.colorPrimary}`, background: token.colorFillQuaternary, whiteSpace: "pre-wrap" }}>
            {today.text || t("today.noText")}
          </blockquote>
        </>
      )}
      <List title={t("today.rules")} shown={today.rules.length > 0}>
        {today.rules.map((one) => (
          <li key={one.rule}>
            {ruleName(one.rule)}: {told(one.rule, one.detail_then) || t(one.then ? "why.passed" : "why.notPassed")} → {told(one.rule, one.detail_now) || t(one.now ? "why.passed" : "why.notPassed")}
          </li>
        ))}
      </List>
      <List title={t("today.hits")} shown={today.hits.length > 0}>
        {today.hits.map((one) => (
          <li key={one.passage_id}>
            {one.title || one.document_id}: <span className="tabular">{`${rank(one.rank_then)} → ${rank(one.rank_now)}`}</span>
          </li>
        ))}
      </List>
    </>
  );
}
