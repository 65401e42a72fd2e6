import { CheckCircleFilled } from "@ant-design/icons";
import { Tag, theme } from "antd";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useIntents } from "@/api/lookups";
import { useFormats } from "@/components/format";
import { useWords, type QueueItem, type Said } from "./data";
import { DocumentLink } from "./DocumentLink";
import { metricKey } from "./metrics";

const SHOWN = 5;

/** What was expected, what was found, what was said. */
export function SideBySide({ item }: { item: QueueItem }) {
  const { t, word } = useWords();
  const { token } = theme.useToken();
  const intents = useIntents();
  const found = item.expected;
  return (
    <article className="rv-case" aria-label={t("cases.one", { id: item.case_id })}>
      <header>
        <h2>{found.question}</h2>
        <p className="ev-small" style={{ color: token.colorTextSecondary }}>
          <Link to={`/quality/cases/${item.case_id}`}>{t("cases.one", { id: item.case_id })}</Link> · {word("kind", found.kind)}
          {found.intent !== null && ` · ${intents.nameOf(found.intent)}`} {found.dangerous && <Tag color="warning">{t("dangerous")}</Tag>}
        </p>
      </header>
      <div className="rv-three">
        <Card title={t("review.expected")}>
          <p>
            <Tag {...(found.expected === "unknown" ? { color: "warning" } : {})}>{word("expected", found.expected)}</Tag>
          </p>
          <Documents ids={found.sources} none={found.expected === "hand_over" ? "" : t("review.noSource")} />
          {found.good_answer !== "" && <p className="rv-text">{found.good_answer}</p>}
        </Card>
        <Card title={t("review.retrieved")}>
          <Documents ids={item.retrieved.slice(0, SHOWN)} right={found.sources} ordered none={t("review.nothingFound")} />
          <Metrics item={item} of={["mrr@10", "recall@10"]} />
        </Card>
        <Card title={t("review.said")}>
          <SaidText said={item.said as Said} />
          <Metrics item={item} of={["right", "sentence_support", "citation_precision"]} />
        </Card>
      </div>
    </article>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  const { token } = theme.useToken();
  return (
    <section className="rv-card" aria-label={title} style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }}>
      <h3 style={{ color: token.colorTextSecondary }}>{title}</h3>
      {children}
    </section>
  );
}

function Documents({ ids, right = [], ordered = false, none }: { ids: readonly string[]; right?: readonly string[]; ordered?: boolean; none: string }) {
  const { t } = useWords();
  const { token } = theme.useToken();
  if (ids.length === 0 && none === "") return null;
  if (ids.length === 0) return <p style={{ color: token.colorTextSecondary }}>{none}</p>;
  const List = ordered ? "ol" : "ul";
  return (
    <List className="rv-documents">
      {ids.map((id) => (
        <li key={id}>
          <DocumentLink id={id} /> {right.includes(id) && <CheckCircleFilled style={{ color: token.colorSuccess }} aria-label={t("review.isRight")} />}
        </li>
      ))}
    </List>
  );
}

function SaidText({ said }: { said: Said }) {
  const { t, word } = useWords();
  const { token } = theme.useToken();
  const sentences = said.sentences ?? [];
  return (
    <>
      <p>
        <Tag>{word("outcome", said.outcome ?? "")}</Tag>
      </p>
      {sentences.length === 0 ? (
        <p className="rv-text" style={{ color: token.colorTextSecondary }}>
          {said.text || t("review.nothingSaid")}
        </p>
      ) : (
        <p className="rv-text">
          {sentences.map((one, at) => {
            const doubtful = one.verdict !== "supported" && one.verdict !== "not_a_claim";
            return (
              <span key={at} title={doubtful ? t("review.unsupported") : undefined} style={doubtful ? { textDecoration: `underline wavy ${token.colorError}` } : undefined}>
                {one.text}{" "}
              </span>
            );
          })}
        </p>
      )}
      {(said.cited ?? []).length > 0 && (
        <div className="ev-small">
          {t("review.cited")} <Documents ids={said.cited ?? []} none="" />
        </div>
      )}
    </>
  );
}

function Metrics({ item, of }: { item: QueueItem; of: readonly string[] }) {
  const { t } = useWords();
  const { token } = theme.useToken();
  const { number } = useFormats();
  const told = of.filter((metric) => item.metrics[metric] !== undefined);
  if (told.length === 0) return null;
  return (
    <p className="ev-small tabular" style={{ color: token.colorTextSecondary }}>
      {told.map((metric) => `${t(`metric.${metricKey(metric)}` as "metric.right")} ${number(item.metrics[metric] ?? 0, 2)}`).join(" · ")}
    </p>
  );
}
