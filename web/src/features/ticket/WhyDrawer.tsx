import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import { Drawer, Table, theme } from "antd";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/components/format";
import { Redacted } from "@/components/Redacted";
import { Passage } from "./CitationMark";
import { type Found, rankingOf, type Suggestion, useIntentName } from "./data";
import { useRuleDetail, useRuleName } from "./ruleDetail";
import { Today } from "./Today";

/** Everything that a draft was made from: what was decided and by which rules, what was found, with which parts. */
export function WhyDrawer({ suggestion, open, onClose }: { suggestion: Suggestion; open: boolean; onClose: () => void }) {
  const { t } = useTranslation("ticket");
  return (
    <Drawer open={open} onClose={onClose} size={760} title={t("why.title")} destroyOnHidden>
      <Decision suggestion={suggestion} />
      <Today key={suggestion.id} suggestionId={suggestion.id} />
      <Hits suggestion={suggestion} />
      <Parts suggestion={suggestion} />
    </Drawer>
  );
}

function Decision({ suggestion }: { suggestion: Suggestion }) {
  const { t, i18n } = useTranslation("ticket");
  const { token } = theme.useToken();
  const { percent } = useFormats();
  const name = useIntentName();
  const decision = suggestion.decision;
  const found = suggestion.answer?.classification;
  const ruleName = useRuleName();
  const told = useRuleDetail();
  return (
    <section className="ticket-why">
      <h3>{t("why.decision")}</h3>
      {decision && (
        <p>
          <strong>{t(`why.outcome.${decision.outcome}`)}</strong>
          {t("list.colon")}
          {i18n.exists(`ticket:why.reason.${decision.reason}`) ? t(`why.reason.${decision.reason}` as "why.reason.no_knowledge") : t("why.failed", { rule: ruleName(decision.reason) })}
        </p>
      )}
      {found && suggestion.answer && (
        <p>
          {t("why.classified")}
          {t("list.colon")}
          {rankingOf(suggestion.answer).map(([intent, share]) => `${name(intent)} ${percent(share, 1)}`).join(t("list.and"))}
          {found.abstained && ` · ${t("why.abstained")}`}
        </p>
      )}
      <ul className="ticket-rules">
        {(decision?.evidence ?? []).map((one) => {
          const { rule, passed, detail } = one as { rule: string; passed: boolean; detail: string };
          return (
            <li key={rule}>
              {passed ? <CheckCircleFilled style={{ color: token.colorSuccess }} aria-label={t("why.passed")} /> : <CloseCircleFilled style={{ color: token.colorError }} aria-label={t("why.notPassed")} />}
              <span>{ruleName(rule)}</span>
              <span style={{ color: token.colorTextTertiary }}>{told(rule, detail)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Hits({ suggestion }: { suggestion: Suggestion }) {
  const { t } = useTranslation("ticket");
  const { number } = useFormats();
  const cited = new Set(suggestion.answer?.draft.citations.map((one) => one.passage_id));
  const leg = (rank: number | null, score: number | null) => (rank === null ? "–" : `${rank} (${number(score ?? 0, 3)})`);
  return (
    <section className="ticket-why">
      <h3>{t("why.found")}</h3>
      <Table<Found & { rank: number }>
        size="small"
        pagination={false}
        rowKey={(row) => row.passage.id}
        scroll={{ x: 560 }}
        dataSource={(suggestion.answer?.hits ?? []).map((hit, index) => ({ ...hit, rank: index + 1 }))}
        expandable={{
          expandedRowRender: (row) => <Passage language={suggestion.language} citation={{ ...row.passage, text: row.passage.answer || row.passage.text, version: row.passage.version }} />,
        }}
        columns={[
          { title: "#", dataIndex: "rank", width: 36, className: "tabular" },
          {
            title: t("why.source"),
            render: (_, row) => (
              <>
                {cited.has(row.passage.id) && <strong>{t("why.cited")} </strong>}
                <Redacted text={row.passage.title || row.passage.text.slice(0, 40)} />
                {row.passage.heading && ` › ${row.passage.heading}`}
                {row.passage.audience !== "public" && ` (${t("cite.internal")})`}
              </>
            ),
          },
          { title: t("why.fused"), width: 80, className: "tabular", render: (_, row) => number(row.score, 2) },
          { title: t("why.dense"), width: 100, className: "tabular", render: (_, row) => leg(row.dense_rank, row.dense_score) },
          { title: t("why.sparse"), width: 100, className: "tabular", render: (_, row) => leg(row.sparse_rank, row.sparse_score) },
        ]}
      />
    </section>
  );
}

function Parts({ suggestion }: { suggestion: Suggestion }) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const { number } = useFormats();
  const times = Object.entries(suggestion.answer?.latency_ms ?? {});
  return (
    <section className="ticket-why" style={{ color: token.colorTextTertiary, fontSize: 12 }}>
      <h3>{t("why.parts")}</h3>
      <p className="tabular">{times.map(([stage, ms]) => `${stage} ${number(ms, 0)} ms`).join(" · ")}</p>
      <p>
        {Object.entries(suggestion.versions)
          .map(([part, version]) => `${part} ${String(version)}`)
          .join(" · ")}
      </p>
    </section>
  );
}
