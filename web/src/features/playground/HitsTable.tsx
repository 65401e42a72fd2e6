import { Table, theme, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { useFormats } from "@/components/format";
import { Excerpt, Redacted } from "@/components/Redacted";
import { AudienceTag } from "../knowledge/tags";
import type { Asked } from "./BotCard";

type Hit = Schemas["FoundOut"];

/** What was found, in fused order, with the rank and score of each leg; the cited ones are marked. */
export function HitsTable({ asked }: { asked: Asked }) {
  const { t } = useTranslation("playground");
  const { token } = theme.useToken();
  const formats = useFormats();
  const cited = new Map(asked.draft.citations.map((one) => [one.passage_id, one.number]));
  const leg = (rank: number | null, score: number | null) =>
    rank === null ? (
      <span style={{ color: token.colorTextTertiary }}>–</span>
    ) : (
      <span className="tabular">
        <b>{rank}</b> <span style={{ color: token.colorTextSecondary }}>{formats.number(score ?? 0, 3)}</span>
      </span>
    );
  return (
    <section className="pg-card" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }} aria-label={t("hits.title")}>
      <h2 className="pg-pad" style={{ paddingBottom: 0 }}>
        {t("hits.title")} <span style={{ fontWeight: 400, color: token.colorTextSecondary }}>{t("hits.count", { count: asked.hits.length })}</span>
      </h2>
      <Table<Hit>
        size="small"
        rowKey={(hit) => hit.passage.id}
        pagination={false}
        scroll={{ x: 640 }}
        locale={{ emptyText: t("hits.none") }}
        dataSource={asked.hits}
        expandable={{
          expandedRowRender: (hit) => (
            <div className="pg-passage">
              <Excerpt text={hit.passage.text} />
              {hit.passage.answer !== "" && (
                <div style={{ marginTop: 6, color: token.colorTextSecondary }}>
                  <Excerpt text={hit.passage.answer} />
                </div>
              )}
            </div>
          ),
        }}
        columns={[
          { title: "#", width: 56, render: (_, hit, at) => <span className="tabular">{at + 1}{cited.has(hit.passage.id) && <sup style={{ color: token.colorPrimaryText }}> [{cited.get(hit.passage.id)}]</sup>}</span> },
          { title: t("hits.source"), render: (_, hit) => <Title hit={hit} /> },
          { title: <Tooltip title={t("hits.fusedHint")}>{t("hits.fused")}</Tooltip>, width: 90, align: "end", render: (_, hit) => <b className="tabular">{formats.number(hit.score, 3)}</b> },
          { title: <Tooltip title={t("hits.denseHint")}>{t("hits.dense")}</Tooltip>, width: 110, align: "end", render: (_, hit) => leg(hit.dense_rank, hit.dense_score) },
          { title: <Tooltip title={t("hits.sparseHint")}>{t("hits.sparse")}</Tooltip>, width: 110, align: "end", render: (_, hit) => leg(hit.sparse_rank, hit.sparse_score) },
        ]}
      />
    </section>
  );
}

function Title({ hit: { passage } }: { hit: Hit }) {
  const { t } = useTranslation("playground");
  const { token } = theme.useToken();
  const id = passage.document_id.split(":")[1] ?? "";
  const isCase = passage.source_kind === "case";
  return (
    <div>
      <Link to={`/knowledge/${isCase ? "cases" : "articles"}/${id}`}>
        <Redacted text={passage.title || passage.text.slice(0, 60)} />
      </Link>{" "}
      <AudienceTag audience={passage.audience} />
      <div style={{ fontSize: 12, color: token.colorTextSecondary }}>
        {isCase ? t("hits.case") : `v${passage.version}`}
        {passage.heading !== "" && ` · ${passage.heading}`}
      </div>
    </div>
  );
}
