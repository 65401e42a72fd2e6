import { LockOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Popover, theme } from "antd";
import { useTranslation } from "react-i18next";
import { Excerpt, Redacted } from "@/components/Redacted";
import { Passage } from "./CitationMark";
import type { Source } from "./composerState";
import type { Found } from "./data";

/** A search hit, or what a draft was made from, as something that an agent can insert. */
export function sourceOf(passage: Found["passage"]): Source {
  return {
    passageId: passage.id,
    documentId: passage.document_id,
    title: passage.title || passage.text.slice(0, 40),
    heading: passage.heading,
    text: passage.answer || passage.text,
    version: passage.version,
    audience: passage.audience,
    publishedAt: passage.published_at,
  };
}

interface Props {
  sources: readonly Source[];
  language: string;
  onInsert?: ((source: Source) => void) | undefined;
}

/** The best sources, to read and to insert. Internal ones look different before anything is done with them. */
export function SourceList({ sources, language, onInsert }: Props) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  return (
    <ul className="ticket-sources">
      {sources.map((source) => {
        const internal = source.audience !== "public";
        return (
          <li
            key={source.passageId}
            style={internal ? { background: token.colorWarningBg, borderColor: token.colorWarningBorder } : { borderColor: token.colorBorderSecondary }}
          >
            <Popover
              trigger={["hover", "focus"]}
              placement="topLeft"
              mouseEnterDelay={0.2}
              content={
                <Passage
                  language={language}
                  citation={{
                    title: source.title,
                    heading: source.heading,
                    text: source.text,
                    version: source.version,
                    published_at: source.publishedAt,
                    audience: source.audience,
                    source_kind: source.documentId.split(":")[0] ?? "article",
                    document_id: source.documentId,
                  }}
                />
              }
            >
              <div className="ticket-source-text" tabIndex={0}>
                <strong>
                  {internal && <LockOutlined aria-label={t("cite.internal")} />} {source.documentId.startsWith("case:") && `${t("cite.kind.case")}${t("list.colon")}`}
                  <Redacted text={source.title} />
                  {source.heading && <span style={{ fontWeight: 400, color: token.colorTextSecondary }}> › {source.heading}</span>}
                </strong>
                <span style={{ color: token.colorTextSecondary }}>
                  <Excerpt text={source.text} />
                </span>
              </div>
            </Popover>
            {onInsert && (
              <Button size="small" icon={<PlusOutlined />} onClick={() => onInsert(source)} aria-label={t("sources.insertNamed", { title: source.title })}>
                {t("sources.insert")}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
