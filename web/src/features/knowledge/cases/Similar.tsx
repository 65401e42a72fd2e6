import { useQuery } from "@tanstack/react-query";
import { Button, Radio, theme } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, client } from "@/api/client";
import { useFormats } from "@/components/format";
import { Excerpt, Redacted } from "@/components/Redacted";
import { AudienceTag } from "../tags";
import type { Case } from "./useCases";

const FOUND = 4;

interface Props {
  found: Case;
  chosen: number | null;
  onChoose: (id: number | null) => void;
  onMerge?: (into: number) => void;
}

/** What asks nearly the same, to merge with; and what our knowledge already says to this question. */
export function Similar({ found, chosen, onChoose, onMerge }: Props) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const formats = useFormats();
  const similar = api.useQuery("get", "/api/v1/cases/{case_id}/similar", { params: { path: { case_id: found.id } } });
  const hits = useQuery({
    queryKey: ["post", "/api/v1/search", { query: found.question, shop: found.shop_id, audience: "customer" }],
    queryFn: async ({ signal }) =>
      (await client.POST("/api/v1/search", { body: { query: found.question.slice(0, 4000), shop_id: found.shop_id, audience: "customer", limit: FOUND + 1 }, signal })).data ?? [],
    staleTime: 60_000,
  });
  const first = similar.data?.[0]?.case.id ?? null;
  useEffect(() => onChoose(first), [first, onChoose]);
  const known = (hits.data ?? []).filter((hit) => hit.document_id !== `case:${found.id}`).slice(0, FOUND);
  const card = { borderColor: token.colorBorderSecondary, background: token.colorBgContainer };
  return (
    <>
      {similar.data && similar.data.length > 0 && (
        <section className="kn-card" style={card} aria-label={t("cases.similar")}>
          <h3 style={{ fontSize: 14, margin: "0 0 6px" }}>{t("cases.similar")}</h3>
          <Radio.Group value={chosen} onChange={(event) => onChoose(event.target.value as number)} style={{ display: "grid", gap: 8 }}>
            {similar.data.map(({ case: other, similarity }) => (
              <Radio key={other.id} value={other.id}>
                <span className="kn-quote"><Redacted text={other.question} /></span> <span style={{ color: token.colorTextSecondary }}>→</span> <Redacted text={other.answer.slice(0, 160)} />{" "}
                <span className="tabular" style={{ fontSize: 12, color: token.colorTextSecondary }}>
                  #{other.id} · {t(`cases.status.${other.status}`)} · {formats.percent(similarity)}
                </span>
              </Radio>
            ))}
          </Radio.Group>
          {onMerge && (
            <Button style={{ marginTop: 8 }} disabled={chosen === null} onClick={() => chosen !== null && onMerge(chosen)}>
              {t("cases.mergeInto", { id: chosen ?? "" })} <kbd>m</kbd>
            </Button>
          )}
        </section>
      )}
      <section className="kn-card" style={card} aria-label={t("cases.known")}>
        <h3 style={{ fontSize: 14, margin: "0 0 6px" }}>{t("cases.known")}</h3>
        {hits.isPending && <span style={{ color: token.colorTextSecondary }}>{t("cases.looking")}</span>}
        {hits.error && <span style={{ color: token.colorTextSecondary }}>{t("cases.knownAway")}</span>}
        {hits.data && known.length === 0 && <span style={{ color: token.colorTextSecondary }}>{t("cases.knownNothing")}</span>}
        <ol style={{ margin: 0, paddingInlineStart: 20, display: "grid", gap: 6 }}>
          {known.map((hit) => (
            <li key={hit.passage_id}>
              <Link to={`/knowledge/${hit.source_kind === "case" ? "cases" : "articles"}/${hit.document_id.split(":")[1] ?? ""}`}>
                <Redacted text={hit.title || hit.text.slice(0, 60)} />
                {hit.heading !== "" && hit.heading !== hit.title && ` · ${hit.heading}`}
              </Link>{" "}
              <AudienceTag audience={hit.audience} />
              <div style={{ color: token.colorTextSecondary, fontSize: 13, display: "-webkit-box", WebkitLineClamp: 2, WebkitBoxOrient: "vertical", overflow: "hidden" }}><Excerpt text={hit.answer || hit.text} /></div>
            </li>
          ))}
        </ol>
        {known.length > 0 && (
          <Link style={{ fontSize: 12 }} to={`/playground?q=${encodeURIComponent(found.question)}`}>
            {t("cases.playground")}
          </Link>
        )}
      </section>
    </>
  );
}
