import { Tag, theme } from "antd";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useIntents } from "@/api/lookups";
import { useWords, type QueueItem, type Said } from "./data";
import { Card, Documents, Metrics, SaidText } from "./SideParts";

export const SHOWN = 5;
type Label = Pick<QueueItem["expected"], "question" | "kind" | "intent" | "dangerous" | "expected" | "sources" | "good_answer">;

/** What was expected, what was found, what was said. */
export function SideBySide({ item }: { item: QueueItem }) {
  const { t } = useWords();
  const found = item.expected;
  return (
    <article className="rv-case" aria-label={t("cases.one", { id: item.case_id })}>
      <CaseHead id={item.case_id} found={found} />
      <div className="rv-three">
        <Expected found={found} />
        <Card title={t("review.retrieved")}>
          <Documents ids={item.retrieved.slice(0, SHOWN)} right={found.sources} ordered none={t("review.nothingFound")} />
          <Metrics metrics={item.metrics} of={["mrr@10", "recall@10"]} />
        </Card>
        <Card title={t("review.said")}>
          <SaidText said={item.said as Said} />
          <Metrics metrics={item.metrics} of={["right", "sentence_support", "citation_precision"]} />
        </Card>
      </div>
    </article>
  );
}

/** The question, and the way to its case. */
export function CaseHead({ id, found, children }: { id: number; found: Label; children?: ReactNode }) {
  const { t, word } = useWords();
  const { token } = theme.useToken();
  const intents = useIntents();
  return (
    <header>
      <h2>{found.question}</h2>
      <p className="ev-small" style={{ color: token.colorTextSecondary }}>
        {children}
        <Link to={`/quality/cases/${id}`}>{t("cases.one", { id })}</Link> · {word("kind", found.kind)}
        {found.intent !== null && ` · ${intents.nameOf(found.intent)}`} {found.dangerous && <Tag color="warning">{t("dangerous")}</Tag>}
      </p>
    </header>
  );
}

/** What the case's label says to be right. */
export function Expected({ found }: { found: Label }) {
  const { t, word } = useWords();
  return (
    <Card title={t("review.expected")}>
      <p>
        <Tag {...(found.expected === "unknown" ? { color: "warning" } : {})}>{word("expected", found.expected)}</Tag>
      </p>
      <Documents ids={found.sources} none={found.expected === "hand_over" ? "" : t("review.noSource")} />
      {found.good_answer !== "" && <p className="rv-text">{found.good_answer}</p>}
    </Card>
  );
}
