/** The cards in which a case and what a run made of it stand side by side. */
import { CheckCircleFilled } from "@ant-design/icons";
import { Tag, theme } from "antd";
import type { ReactNode } from "react";
import { useFormats } from "@/components/format";
import { useWords, type Said } from "./data";
import { DocumentLink } from "./DocumentLink";
import { metricKey } from "./metrics";

export function Card({ title, children }: { title: string; children: ReactNode }) {
  const { token } = theme.useToken();
  return (
    <section className="rv-card" aria-label={title} style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }}>
      <h3 style={{ color: token.colorTextSecondary }}>{title}</h3>
      {children}
    </section>
  );
}

export function Documents({ ids, right = [], ordered = false, none }: { ids: readonly string[]; right?: readonly string[]; ordered?: boolean; none: string }) {
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

export function SaidText({ said }: { said: Said }) {
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

export function Metrics({ metrics, of }: { metrics: Record<string, number>; of: readonly string[] }) {
  const { t } = useWords();
  const { token } = theme.useToken();
  const { number } = useFormats();
  const told = of.filter((metric) => metrics[metric] !== undefined);
  if (told.length === 0) return null;
  return (
    <p className="ev-small tabular" style={{ color: token.colorTextSecondary }}>
      {told.map((metric) => `${t(`metric.${metricKey(metric)}` as "metric.right")} ${number(metrics[metric] ?? 0, 2)}`).join(" · ")}
    </p>
  );
}
