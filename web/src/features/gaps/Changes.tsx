import { theme } from "antd";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";

type Result = Schemas["GatePreviewOut"];
type Changed = Schemas["ChangedCaseOut"];

/** In a sentence what changes, then the questions as they come: those with another answer first, the worst of them first. */
export function Changes({ result }: { result: Result }) {
  const { t } = useTranslation("gaps");
  const answers = result.shown.filter((one) => one.answer_changed === true).length;
  const parts = [
    ...(answers > 0 ? [t("publish.answers", { count: answers })] : []),
    t("publish.changed", { count: result.changed }),
    t("publish.top", { count: result.top_changed }),
    t("publish.better", { count: result.better }),
    t("publish.worse", { count: result.worse }),
  ];
  return (
    <>
      <p style={{ margin: 0 }}>
        {t("publish.cases", { count: result.cases })} {result.changed === 0 ? t("publish.nothing") : parts.join(" · ")}
      </p>
      {result.shown.length > 0 && (
        <div className="gp-changes" role="list" tabIndex={0} aria-label={t("publish.cases", { count: result.cases })}>
          {result.shown.map((one) => (
            <Question key={one.case_id} found={one} />
          ))}
        </div>
      )}
    </>
  );
}

function Question({ found }: { found: Changed }) {
  const { t } = useTranslation("gaps");
  const { token } = theme.useToken();
  const colors = { better: token.colorSuccessText, worse: token.colorErrorText, changed: token.colorTextSecondary };
  const effect = found.effect === "better" || found.effect === "worse" ? found.effect : "changed";
  const title = (text: string, id: string | null) => {
    const ofCase = /^case:(\d+)$/.exec(id ?? "");
    return text || (ofCase ? t("publish.case", { id: ofCase[1] }) : id) || t("publish.nobody");
  };
  return (
    <div role="listitem" className="kn-card" style={{ borderColor: token.colorBorderSecondary }}>
      <div>
        <strong style={{ color: colors[effect] }}>{t(`publish.effects.${effect}`)}</strong> <span className="kn-quote">{found.question}</span>
      </div>
      <div style={{ fontSize: 12, color: token.colorTextSecondary }}>
        {found.top_changed && `${title(found.title_before, found.top_before)} → `}
        {title(found.title_after, found.top_after)}
      </div>
      {found.answer_changed === true && (
        <dl className="gp-evidence" style={{ fontSize: 12 }}>
          <dt>{t("publish.answerBefore")}</dt>
          <dd className="kn-quote">{found.answer_before || "–"}</dd>
          <dt>{t("publish.answerAfter")}</dt>
          <dd className="kn-quote">{found.answer_after || "–"}</dd>
        </dl>
      )}
      {found.answer_changed === false && <div style={{ fontSize: 12, color: token.colorTextSecondary }}>{t("publish.sameAnswer")}</div>}
    </div>
  );
}
