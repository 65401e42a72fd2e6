import { theme } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { contradictionOf, type Finding } from "./data";

/** Both passages side by side, what differs marked. */
export function Contradiction({ finding }: { finding: Finding }) {
  const { t } = useTranslation("gaps");
  const { token } = theme.useToken();
  const data = contradictionOf(finding);
  const sides = [
    { side: data.left, article: finding.article_id },
    { side: data.right, article: finding.other_id },
  ];
  return (
    <>
      <p>{t(`differs.${data.differs}`)}</p>
      <div className="gp-sides">
        {sides.map(({ side, article }) => (
          <div key={`${article}-${side.text}`} className="kn-card" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }}>
            <div className="gp-meta" style={{ marginBottom: 4, color: token.colorTextSecondary }}>
              {article === null ? t("fromReplies", { count: data.cases.length }) : <Link to={`/knowledge/articles/${article}`}>{side.title}</Link>}
              {side.version !== null && ` · v${side.version}`}
            </div>
            <div className="kn-quote">{marked(side.text, side.value, token.colorWarningBg, token.colorText)}</div>
          </div>
        ))}
      </div>
    </>
  );
}

/** The value may stand in the text in another form ("７天"): then nothing is marked. */
function marked(text: string, value: string, background: string, color: string): ReactNode {
  const at = value === "" ? -1 : text.indexOf(value);
  if (at === -1) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark style={{ background, color }}>{value}</mark>
      {text.slice(at + value.length)}
    </>
  );
}
