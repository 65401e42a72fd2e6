import { WarningOutlined } from "@ant-design/icons";
import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Ago } from "@/components/format";
import { gapOf, type Finding } from "./data";

/** The questions, the best replies, and the article that could be made of them, each sentence with its replies. */
export function Gap({ finding }: { finding: Finding }) {
  const { t } = useTranslation("gaps");
  const { token } = theme.useToken();
  const data = gapOf(finding);
  const card = { borderColor: token.colorBorderSecondary, background: token.colorBgContainer };
  return (
    <>
      <h3>{t("draft")}</h3>
      {data.draft === null ? (
        <p style={{ color: token.colorTextSecondary }}>{t("noDraft")}</p>
      ) : (
        <ul className="gp-draft kn-card" style={card}>
          {data.draft.sentences.map((one) => (
            <li key={one.text}>
              {one.text}{" "}
              {one.replies.map((reply) => (
                <sup key={reply} className="tabular">
                  <a href={`#reply-${reply}`} aria-label={t("reply", { number: reply + 1 })}>
                    [{reply + 1}]
                  </a>
                </sup>
              ))}
              {one.disputed && (
                <span style={{ color: token.colorWarningText, fontSize: 12, marginInlineStart: 6 }}>
                  <WarningOutlined aria-hidden="true" /> {t("disputed")}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      {data.replies.length > 0 && <h3>{t("bestReplies")}</h3>}
      <div className="gp-stack">
        {data.replies.map((reply, at) => (
          <div key={reply.case_id} id={`reply-${at}`} className="kn-card" style={card}>
            <div className="gp-meta" style={{ color: token.colorTextSecondary }}>
              [{at + 1}] {reply.ticket_id !== null && <Link to={`/tickets/${reply.ticket_id}`}>{t("ticket", { id: reply.ticket_id })}</Link>}
            </div>
            <div className="kn-quote">{reply.text}</div>
          </div>
        ))}
      </div>
      <h3>{t("questions")}</h3>
      <ul className="gp-list">
        {data.questions.map((one) => (
          <li key={`${one.case_id}-${one.at}`}>
            <span className="kn-quote">{one.text}</span>{" "}
            <span className="gp-meta" style={{ color: token.colorTextSecondary }}>
              {t(`whys.${one.why as "edited"}`)} · <Ago at={one.at} />
              {one.ticket_id !== null && (
                <>
                  {" · "}
                  <Link to={`/tickets/${one.ticket_id}`}>{t("ticket", { id: one.ticket_id })}</Link>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
