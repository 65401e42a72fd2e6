import { theme, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { CitationMark } from "./CitationMark";
import type { Citation, Sentence } from "./data";
import { useReason } from "./reasons";

interface Props {
  sentences: readonly Sentence[];
  citations: readonly Citation[];
  language: string;
}

/** The draft with its marks. What no source supports is underlined and says why; its numbers stand out. */
export function DraftText({ sentences, citations, language }: Props) {
  return (
    <p className="ticket-draft" lang={language}>
      {sentences.map((sentence, index) => (
        <span key={index}>
          {index > 0 && language !== "zh" && " "}
          <SentenceText sentence={sentence} />
          {sentence.citations.map((number) => {
            const citation = citations.find((one) => one.number === number);
            return citation && <CitationMark key={number} citation={citation} sentence={sentence.text} language={language} />;
          })}
        </span>
      ))}
    </p>
  );
}

export function isDoubtful(sentence: { verdict: Sentence["verdict"] }): boolean {
  return sentence.verdict === "unsupported" || sentence.verdict === "uncertain";
}

function SentenceText({ sentence }: { sentence: Sentence }) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const reason = useReason();
  if (!isDoubtful(sentence)) return <>{sentence.text}</>;
  const wrong = sentence.verdict === "unsupported";
  const colour = wrong ? token.colorError : token.colorWarning;
  const why = sentence.reasons.map(reason).join(t("list.and"));
  return (
    <Tooltip title={`${t(`verdict.${sentence.verdict}`)}${why ? `${t("list.colon")}${why}` : ""}`} trigger={["hover", "focus"]}>
      <span tabIndex={0} className="ticket-doubt" style={{ textDecorationColor: colour }}>
        <span className="visually-hidden">{`${t(`verdict.${sentence.verdict}`)} (${why}): `}</span>
        <Numbers text={sentence.text} reasons={sentence.reasons} colour={colour} />
      </span>
    </Tooltip>
  );
}

/** Numbers that a reason names are marked: they are what a shop is held to. */
function Numbers({ text, reasons, colour }: { text: string; reasons: readonly string[]; colour: string }) {
  const named = reasons.join("\n");
  return (
    <>
      {text.split(/(\d[\d.,:/-]*)/).map((part, index) =>
        index % 2 === 1 && named.includes(part) ? (
          <strong key={index} style={{ color: colour }}>
            {part}
          </strong>
        ) : (
          part
        ),
      )}
    </>
  );
}
