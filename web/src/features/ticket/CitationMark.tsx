import { LockOutlined } from "@ant-design/icons";
import { Popover, Tag, theme } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/components/format";
import { plain } from "@/components/plain";
import { Redacted } from "@/components/Redacted";
import type { Citation } from "./data";
import { quotedSpan, recordLines } from "./passage";

interface Props {
  citation: Citation;
  /** The sentence that cites it: its words are marked in the passage. */
  sentence: string;
  language: string;
}

/** A mark [1]; pointing at it or reaching it by keyboard opens the exact passage. */
export function CitationMark({ citation, sentence, language }: Props) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const [open, setOpen] = useState(false);
  const internal = citation.audience !== "public";
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      trigger={["hover", "focus"]}
      placement="top"
      mouseEnterDelay={0.15}
      content={<Passage citation={citation} sentence={sentence} language={language} />}
    >
      <button
        type="button"
        data-cite={citation.number}
        className="ticket-cite tabular"
        aria-label={t(internal ? "cite.markInternal" : "cite.mark", { number: citation.number, title: citation.title })}
        aria-expanded={open}
        onClick={() => setOpen(true)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || !open) return;
          event.preventDefault(); // the passage is closed, not the ticket
          setOpen(false);
        }}
        style={
          internal
            ? { background: token.colorWarningBg, color: token.colorWarningText, borderColor: token.colorWarningBorder }
            : { background: token.colorPrimaryBg, color: token.colorText, borderColor: token.colorPrimaryBorder }
        }
      >
        {citation.number}
      </button>
    </Popover>
  );
}

export interface PassageProps {
  citation: Pick<Citation, "title" | "heading" | "text" | "version" | "published_at" | "audience" | "source_kind" | "document_id">;
  sentence?: string;
  language: string;
  children?: ReactNode;
}

/** The cited text itself, with the words that the reply repeats marked, and where it is from. */
export function Passage({ citation, sentence = "", language, children }: PassageProps) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const { date } = useFormats();
  const record = citation.source_kind === "record";
  const text = record ? recordLines(citation.text, language) : plain(citation.text);
  const span = quotedSpan(text, sentence);
  const internal = citation.audience !== "public";
  const articleId = citation.document_id.startsWith("article:") ? citation.document_id.slice(8) : null;
  return (
    <div className="ticket-passage" role="note">
      <div className="ticket-passage-title">
        {articleId === null ? (
          <strong>
            <Redacted text={citation.title} />
          </strong>
        ) : (
          <a href={`/console/knowledge/articles/${articleId}`} target="_blank" rel="noreferrer">
            <strong>{citation.title}</strong>
          </a>
        )}
        {citation.heading && <span style={{ color: token.colorTextSecondary }}> › {citation.heading}</span>}
      </div>
      <blockquote style={{ borderColor: internal ? token.colorWarning : token.colorPrimary }}>
        {span ? (
          <>
            {text.slice(0, span[0])}
            <mark style={{ background: token.colorPrimaryBgHover, color: token.colorText }}>{text.slice(span[0], span[1])}</mark>
            {text.slice(span[1])}
          </>
        ) : (
          <Redacted text={text} />
        )}
      </blockquote>
      <div className="ticket-passage-facts" style={{ color: token.colorTextSecondary }}>
        <span>{t(`cite.kind.${citation.source_kind as "article"}`)}</span>
        {citation.version !== null && citation.source_kind === "article" && <span>{t("cite.version", { version: citation.version })}</span>}
        {citation.published_at !== null && <span>{t("cite.published", { date: date(citation.published_at) })}</span>}
        {internal ? (
          <Tag color="warning" icon={<LockOutlined />}>
            {t("cite.internal")}
          </Tag>
        ) : (
          <span>{t("cite.public")}</span>
        )}
      </div>
      {internal && <div style={{ color: token.colorWarningText }}>{t("cite.internalHint")}</div>}
      {children}
    </div>
  );
}
