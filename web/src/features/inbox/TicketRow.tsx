/** One row: plain elements only, since hundreds of them are drawn while the list is scrolled. */
import { memo, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { confidenceOf } from "@/components/confidence";
import type { Row } from "./views";

export interface RowWords {
  ago: (iso: string) => string;
  /** How long, without "ago". */
  waited: (iso: string) => string;
  intent: (id: string) => string;
  channel: (id: string) => string;
}

interface Props {
  row: Row;
  to: string;
  words: RowWords;
  index: number;
  open: boolean;
  focused: boolean;
  chosen: boolean;
  onChoose: (id: number, index: number, range: boolean) => void;
  onPoint: (index: number) => void;
}

export const TicketRow = memo(function TicketRow({ row, to, words, index, open, focused, chosen, onChoose, onPoint }: Props) {
  const { t } = useTranslation("inbox");
  const last = row.last_message;
  const who = last && last.author_kind !== "customer" ? `${t(last.visibility === "note" ? "row.note" : `row.by.${last.author_kind}`)} ` : "";
  const since = row.waiting_since;
  const present = row.present.filter((one) => one.kind === "staff");
  const typing = row.present.some((one) => one.kind === "customer" && one.state === "typing");
  const choose = (event: MouseEvent<HTMLInputElement>) => onChoose(row.id, index, event.shiftKey);
  return (
    <div className="inbox-row" data-open={open} data-focused={focused} data-chosen={chosen} data-unread={row.unread}>
      <label className="inbox-row-choose">
        <input type="checkbox" checked={chosen} onClick={choose} onChange={() => undefined} aria-label={t("row.choose", { id: row.id, subject: row.subject })} />
      </label>
      <Link className="inbox-row-main" to={to} aria-current={open ? "true" : undefined} data-index={index} onClick={() => onPoint(index)} onFocus={() => onPoint(index)}>
        <span className="inbox-row-title">
          {row.unread && <span className="inbox-unread" role="img" aria-label={t("row.unread")} />}
          <span className="inbox-row-subject">{row.subject || t("row.noSubject")}</span>
          {(row.priority === "urgent" || row.priority === "high") && (
            <span className={`inbox-mark inbox-${row.priority}`}>{t(`priority.${row.priority}`, { ns: "common" })}</span>
          )}
        </span>
        <span className="inbox-row-who">
          <span className="inbox-row-customer">{row.customer_name || t("anonymous", { ns: "common" })}</span>
          {row.customer_tier && <span className="inbox-mark inbox-tier">{row.customer_tier}</span>}
          <span className="inbox-row-about">
            {[row.intent && words.intent(row.intent), words.channel(row.channel)].filter(Boolean).join(" · ")}
          </span>
        </span>
        <span className="inbox-row-text">
          {typing ? <em className="inbox-typing">{t("row.typing")}</em> : last ? `${who}${last.text || t("row.attachments", { count: last.attachments })}` : t("row.nothing")}
        </span>
        <span className="inbox-row-marks">
          {present.length > 0 && (
            <span className="inbox-mark inbox-present" title={present.map((one) => t(`row.here.${one.state}`, { name: one.name })).join("\n")}>
              {t(`row.here.${present.some((one) => one.state === "typing") ? "typing" : "viewing"}`, { name: present[0]?.name })}
            </span>
          )}
          {row.suggestion && row.suggestion.state === "drafting" && <span className="inbox-mark">{t("row.drafting")}</span>}
          {row.suggestion && row.suggestion.state === "pending" && row.suggestion.kind !== "unknown" && (
            <span className={`inbox-mark inbox-draft-${confidenceOf(row.suggestion.confidence)}`}>{t("row.draft", { confidence: row.suggestion.confidence.toFixed(2) })}</span>
          )}
          {row.suggestion && row.suggestion.kind === "unknown" && <span className="inbox-mark">{t("row.noAnswer")}</span>}
          {row.tags.slice(0, 2).map((tag) => (
            <span key={tag} className="inbox-mark inbox-tag">
              {tag}
            </span>
          ))}
          {row.tags.length > 2 && <span className="inbox-mark">+{row.tags.length - 2}</span>}
        </span>
        <span className="inbox-row-state">
          <span className={`inbox-status inbox-status-${row.status}`}>{t(`status.${row.status}`, { ns: "common" })}</span>
          <span className="inbox-row-assignee">{row.assignee_name ?? t("row.nobody")}</span>
        </span>
        <time className="inbox-row-time tabular" dateTime={row.updated_at} data-waits={since !== null} title={new Date(since ?? row.updated_at).toLocaleString()}>
          {since !== null ? t("row.waits", { since: words.waited(since) }) : words.ago(last?.created_at ?? row.updated_at)}
        </time>
      </Link>
    </div>
  );
});
