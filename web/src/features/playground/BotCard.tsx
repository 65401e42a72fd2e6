import { CheckCircleOutlined, SendOutlined, UserSwitchOutlined } from "@ant-design/icons";
import { Popover, theme, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { useFormats } from "@/components/format";

export type Asked = Schemas["AskedOut"];
type Sentence = Asked["draft"]["sentences"][number];

const ICONS = { auto_send: <SendOutlined />, suggest: <CheckCircleOutlined />, hand_over: <UserSwitchOutlined /> };

/** What the bot would have done, and the words it would have said, each sentence with its verdict and its sources. */
export function BotCard({ asked }: { asked: Asked }) {
  const { t, i18n } = useTranslation(["playground", "ticket"]);
  const { token } = theme.useToken();
  const formats = useFormats();
  const { outcome, reason } = asked.decision;
  const colors = {
    auto_send: token.colorSuccess,
    suggest: token.colorPrimary,
    hand_over: token.colorWarning,
  };
  const color = colors[outcome];
  const known = [`playground:why.${reason}`, `ticket:why.reason.${reason}`].find((key) => i18n.exists(key));
  const why = known === undefined ? reason : t(known as "playground:why.granted");
  return (
    <section className="pg-card" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }} aria-label={t("bot.label")}>
      <header className="pg-outcome" style={{ background: `color-mix(in srgb, ${color} 12%, transparent)` }}>
        <span style={{ color }}>{ICONS[outcome]}</span> <b>{t(`bot.${outcome}`)}</b>
        <span style={{ marginInlineStart: "auto", fontSize: 12 }}>
          {t(`bot.kind.${asked.draft.kind as "llm"}`)} · {t("bot.confidence", { value: formats.percent(asked.draft.confidence) })}
        </span>
      </header>
      <div style={{ padding: "10px 14px" }}>
        {outcome !== "auto_send" && (
          <p style={{ margin: "0 0 8px", color: token.colorTextSecondary }}>{t("bot.because", { why })}</p>
        )}
        <p style={{ margin: 0, fontSize: 15 }} data-testid="reply">
          {asked.draft.sentences.map((sentence, at) => (
            <Said key={at} sentence={sentence} asked={asked} />
          ))}
        </p>
        {asked.draft.citations.length > 0 && (
          <ol className="pg-sources">
            {asked.draft.citations.map((citation) => (
              <li key={citation.number} value={citation.number} style={{ color: token.colorTextSecondary }}>
                <Source citation={citation} />
              </li>
            ))}
          </ol>
        )}
        <p style={{ margin: "8px 0 0", fontSize: 12, color: token.colorTextTertiary }}>{t("bot.nothing")}</p>
      </div>
    </section>
  );
}

function Said({ sentence, asked }: { sentence: Sentence; asked: Asked }) {
  const { t } = useTranslation("playground");
  const { token } = theme.useToken();
  const doubtful = sentence.verdict === "unsupported" || sentence.verdict === "uncertain";
  const color = sentence.verdict === "unsupported" ? token.colorError : token.colorWarning;
  const text = (
    <span style={doubtful ? { textDecoration: `underline wavy ${color}`, textUnderlineOffset: 4 } : undefined} data-verdict={sentence.verdict}>
      {sentence.text}
    </span>
  );
  return (
    <>
      {doubtful ? <Tooltip title={`${t(`verdict.${sentence.verdict}`)}${sentence.reasons.length > 0 ? ` · ${sentence.reasons.join("; ")}` : ""}`}>{text}</Tooltip> : text}
      {sentence.citations.map((number) => {
        const citation = asked.draft.citations.find((one) => one.number === number);
        return citation ? (
          <Popover key={number} title={citation.title} content={<div className="pg-passage">{citation.text}</div>}>
            <sup tabIndex={0} role="note" className="pg-mark" style={{ color: token.colorPrimaryText }} aria-label={t("bot.source", { number, title: citation.title })}>
              [{number}]
            </sup>
          </Popover>
        ) : null;
      })}
      {asked.draft.language === "zh" ? "" : " "}
    </>
  );
}

function Source({ citation }: { citation: Asked["draft"]["citations"][number] }) {
  const { t } = useTranslation("playground");
  const [kind, id] = citation.document_id.split(":");
  const name = (
    <>
      {citation.title}
      {citation.heading !== "" && citation.heading !== citation.title && ` · ${citation.heading}`}
      {citation.source_kind === "article" && citation.version !== null && ` · v${citation.version}`}
    </>
  );
  if (kind === "article") return <Link to={`/knowledge/articles/${id ?? ""}`}>{name}</Link>;
  if (kind === "case") return <Link to={`/knowledge/cases/${id ?? ""}`}>{name}</Link>;
  return (
    <span>
      {name} ({t("bot.record")})
    </span>
  );
}
