import { Button, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSignedIn } from "@/api/session";
import { useShortcuts } from "@/keyboard/registry";
import type { EditKind, Suggestion } from "./data";
import { useEditKinds } from "./kinds";

const KEYS: Readonly<Record<EditKind, string>> = { fact: "f", policy: "y", tone: "o", missing: "u", length: "l" };
const KINDS = Object.keys(KEYS) as EditKind[];

interface Part {
  op: string;
  before: string;
  after: string;
}

/** Draft → sent in one line, and what kind of change it was: one key each, since the system learns from it. */
export function SentDiff({ suggestion, ticketId, withKeys }: { suggestion: Suggestion; ticketId: number; withKeys: boolean }) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const me = useSignedIn();
  const [whole, setWhole] = useState(false);
  const review = suggestion.review;
  const mine = review?.verdict === "edited" && review.staff_id === me.id;
  const [kinds, toggle] = useEditKinds(suggestion, ticketId);
  useShortcuts(
    t("keys.diff"),
    mine && withKeys ? KINDS.map((kind) => ({ keys: KEYS[kind], label: t("keys.kind", { kind: t(`kinds.${kind}`) }), run: () => toggle(kind) })) : [],
  );
  if (!review) return null;
  if (review.verdict === "accepted") {
    return (
      <div className="ticket-diff" style={{ color: token.colorTextTertiary }}>
        {t("diff.asDrafted")}
        {review.confirmed_unverified && ` · ${t("diff.confirmed")}`}
      </div>
    );
  }
  const parts = review.diff as unknown as Part[];
  return (
    <div className="ticket-diff" style={{ color: token.colorTextTertiary }}>
      <div className={whole ? "ticket-diff-text" : "ticket-diff-text one-line"}>
        <span className="visually-hidden">{t("diff.label")}</span>
        {parts.map((part, index) =>
          part.op === "equal" ? (
            <span key={index}>{whole || part.before.length < 24 ? part.before : `${part.before.slice(0, 8)}…${part.before.slice(-8)}`}</span>
          ) : (
            <span key={index}>
              {part.before && <del style={{ color: token.colorError }}>{part.before}</del>}
              {part.after && <ins style={{ color: token.colorSuccess }}>{part.after}</ins>}
            </span>
          ),
        )}
      </div>
      <div className="ticket-kinds">
        <Button type="link" size="small" onClick={() => setWhole(!whole)} aria-expanded={whole}>
          {t(whole ? "diff.less" : "diff.whole")}
        </Button>
        {review.confirmed_unverified && <span>{t("diff.confirmed")}</span>}
        {mine && (
          <span role="group" aria-label={t("diff.what")}>
            <span>{t("diff.what")} </span>
            {KINDS.map((kind) => (
              <button
                key={kind}
                type="button"
                className="ticket-kind"
                aria-pressed={kinds.includes(kind)}
                onClick={() => toggle(kind)}
                style={
                  kinds.includes(kind)
                    ? { background: token.colorPrimaryBg, borderColor: token.colorPrimary, color: token.colorText }
                    : { borderColor: token.colorBorder, color: token.colorTextSecondary }
                }
              >
                {t(`kinds.${kind}`)} {withKeys && <kbd>{KEYS[kind].toUpperCase()}</kbd>}
              </button>
            ))}
          </span>
        )}
      </div>
    </div>
  );
}
