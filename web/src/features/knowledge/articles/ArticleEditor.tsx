import {
  BoldOutlined,
  FontSizeOutlined,
  ItalicOutlined,
  LinkOutlined,
  OrderedListOutlined,
  TableOutlined,
  UnorderedListOutlined,
} from "@ant-design/icons";
import { Button, Grid, Input, Segmented, theme } from "antd";
import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Markdown } from "./Markdown";
import { NearDuplicates } from "./NearDuplicates";
import { apply, type Tool } from "./writing";
import "./text.css";

export interface Text {
  title: string;
  body: string;
}

/** What an article cannot be saved without, and this one lacks. */
export function missingIn(text: Text): keyof Text | null {
  return text.title.trim() === "" ? "title" : text.body.trim() === "" ? "body" : null;
}

const TOOLS: readonly (readonly [Tool, ReactNode])[] = [
  ["bold", <BoldOutlined key="b" />],
  ["italic", <ItalicOutlined key="i" />],
  ["heading", <FontSizeOutlined key="h" />],
  ["list", <UnorderedListOutlined key="l" />],
  ["numbers", <OrderedListOutlined key="n" />],
  ["link", <LinkOutlined key="a" />],
  ["table", <TableOutlined key="t" />],
];

interface Props {
  value: Text;
  onChange: (text: Text) => void;
  /** the article that the text belongs to: it may say the same */
  articleId?: number;
  actions: ReactNode;
  note?: ReactNode;
}

/** Title and Markdown with what it will look like beside it, and what already says the same below. */
export function ArticleEditor({ value, onChange, articleId, actions, note }: Props) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const wide = Grid.useBreakpoint().lg === true;
  const [view, setView] = useState<"write" | "preview">("write");
  const area = useRef<HTMLTextAreaElement>(null);

  const put = (tool: Tool) => {
    const element = area.current;
    if (!element) return;
    const next = apply(tool, { text: value.body, start: element.selectionStart, end: element.selectionEnd });
    onChange({ ...value, body: next.text });
    requestAnimationFrame(() => {
      element.focus();
      element.setSelectionRange(next.start, next.end);
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    const tool = ({ b: "bold", i: "italic" } as const)[event.key.toLowerCase() as "b" | "i"];
    if (tool) {
      event.preventDefault();
      put(tool);
    }
  };
  const writing = wide || view === "write";
  return (
    <div style={{ display: "flex", flexDirection: "column", gap: 10, flex: 1 }}>
      {note}
      <Input
        size="large"
        value={value.title}
        maxLength={512}
        onChange={(event) => onChange({ ...value, title: event.target.value })}
        placeholder={t("editor.title")}
        aria-label={t("editor.title")}
        style={{ fontWeight: 600 }}
      />
      <div className="kn-bar">
        <div role="toolbar" aria-label={t("editor.toolbar")}>
          {TOOLS.map(([tool, icon]) => (
            <Button key={tool} type="text" icon={icon} disabled={!writing} onClick={() => put(tool)} aria-label={t(`editor.tools.${tool}`)} title={t(`editor.tools.${tool}`)} />
          ))}
        </div>
        {!wide && (
          <Segmented
            size="small"
            value={view}
            onChange={setView}
            options={[
              { value: "write", label: t("editor.write") },
              { value: "preview", label: t("editor.preview") },
            ]}
          />
        )}
        <span style={{ marginInlineStart: "auto", color: token.colorTextTertiary, fontSize: 12 }} className="tabular">
          {t("editor.length", { count: value.body.length })}
        </span>
      </div>
      <div className="kn-write" style={{ borderColor: token.colorBorder, ...(wide ? {} : { gridTemplateColumns: "minmax(0, 1fr)" }) }}>
        {writing && (
          <div>
            <textarea
              ref={area}
              value={value.body}
              onChange={(event) => onChange({ ...value, body: event.target.value })}
              onKeyDown={onKeyDown}
              placeholder={t("editor.body")}
              aria-label={t("editor.body")}
              spellCheck={false}
            />
          </div>
        )}
        {(wide || view === "preview") && (
          <div role="region" aria-label={t("editor.preview")} tabIndex={0} style={{ padding: "12px 16px", background: token.colorFillQuaternary }}>
            {value.body.trim() === "" ? <span style={{ color: token.colorTextTertiary }}>{t("editor.empty")}</span> : <Markdown text={value.body} />}
          </div>
        )}
      </div>
      <NearDuplicates text={value.body} articleId={articleId} />
      <div className="kn-bar" style={{ position: "sticky", bottom: 0, padding: "8px 0", background: token.colorBgContainer, zIndex: 1 }}>
        {actions}
      </div>
    </div>
  );
}
