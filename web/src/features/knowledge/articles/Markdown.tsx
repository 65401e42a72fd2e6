/** Markdown as React elements: tokens are shown one by one, HTML stands there as text, images and odd links stay away.
 *  Nothing is ever set as HTML, so that there is nothing to sanitise. */
import { marked, type Token, type Tokens } from "marked";
import { createElement, useMemo, type ReactNode } from "react";
import "./text.css";

export function Markdown({ text }: { text: string }) {
  const tokens = useMemo(() => marked.lexer(text, { gfm: true }), [text]);
  return <div className="kn-md">{blocks(tokens)}</div>;
}

function blocks(tokens: readonly Token[]): ReactNode[] {
  return tokens.map((token, key) => block(token, key));
}

function block(token: Token, key: number): ReactNode {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading": {
      const { depth, tokens } = token as Tokens.Heading;
      // the article's title is the page's h1
      return createElement(`h${Math.min(depth + 1, 6)}`, { key }, inline(tokens));
    }
    case "paragraph":
      return <p key={key}>{inline((token as Tokens.Paragraph).tokens)}</p>;
    case "text": {
      const { tokens, text } = token as Tokens.Text;
      return <span key={key}>{tokens ? inline(tokens) : unescaped(text)}</span>;
    }
    case "list": {
      const { ordered, start, items } = token as Tokens.List;
      const children = items.map((item, at) => (
        <li key={at}>
          {item.task === true && <input type="checkbox" checked={item.checked ?? false} readOnly disabled aria-label="" />}
          {blocks(item.tokens)}
        </li>
      ));
      return ordered ? (
        <ol key={key} start={start === "" ? 1 : start}>
          {children}
        </ol>
      ) : (
        <ul key={key}>{children}</ul>
      );
    }
    case "blockquote":
      return <blockquote key={key}>{blocks((token as Tokens.Blockquote).tokens)}</blockquote>;
    case "code":
      return (
        <pre key={key}>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      );
    case "hr":
      return <hr key={key} />;
    case "table":
      return table(token as Tokens.Table, key);
    default:
      return <p key={key}>{token.raw}</p>;
  }
}

function table({ header, rows }: Tokens.Table, key: number): ReactNode {
  return (
    <div key={key} style={{ overflowX: "auto" }}>
      <table>
        <thead>
          <tr>
            {header.map((cell, at) => (
              <th key={at}>{inline(cell.tokens)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, line) => (
            <tr key={line}>
              {row.map((cell, at) => (
                <td key={at}>{inline(cell.tokens)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inline(tokens: readonly Token[]): ReactNode[] {
  return tokens.map((token, key) => {
    switch (token.type) {
      case "strong":
        return <strong key={key}>{inline((token as Tokens.Strong).tokens)}</strong>;
      case "em":
        return <em key={key}>{inline((token as Tokens.Em).tokens)}</em>;
      case "del":
        return <del key={key}>{inline((token as Tokens.Del).tokens)}</del>;
      case "codespan":
        return <code key={key}>{unescaped((token as Tokens.Codespan).text)}</code>;
      case "br":
        return <br key={key} />;
      case "link": {
        const { href, tokens: inner } = token as Tokens.Link;
        return isSafe(href) ? (
          <a key={key} href={href} target="_blank" rel="noreferrer noopener">
            {inline(inner)}
          </a>
        ) : (
          <span key={key}>{inline(inner)}</span>
        );
      }
      case "image":
        return <span key={key}>[{(token as Tokens.Image).text || (token as Tokens.Image).href}]</span>;
      case "text": {
        const { tokens: inner, text } = token as Tokens.Text;
        return <span key={key}>{inner ? inline(inner) : unescaped(text)}</span>;
      }
      case "escape":
        return <span key={key}>{(token as Tokens.Escape).text}</span>;
      default:
        return <span key={key}>{token.raw}</span>;
    }
  });
}

function isSafe(href: string): boolean {
  return /^(https?:|mailto:|tel:)/i.test(href);
}

const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);
}
