import { QuestionCircleOutlined, ReloadOutlined, RobotOutlined } from "@ant-design/icons";
import { Button, Skeleton, theme } from "antd";
import { useTranslation } from "react-i18next";
import { type Confidence, confidenceOf } from "@/components/confidence";
import { useFormats } from "@/components/format";
import { Redacted } from "@/components/Redacted";
import type { Source } from "./composerState";
import { rankingOf, type Suggestion, type Ticket, type TicketChange, useIntentName } from "./data";
import { DraftText, isDoubtful } from "./DraftText";
import { RejectBox } from "./RejectBox";
import { SourceList, sourceOf } from "./SourceList";
import { useDraftStream } from "./useDraftStream";

const SHOWN = 4;

type Level = Confidence | "none";

export function levelOf(suggestion: Suggestion): Level {
  return !suggestion.answer || suggestion.kind === "unknown" ? "none" : confidenceOf(suggestion.confidence);
}

interface Props {
  ticket: Ticket;
  suggestion: Suggestion;
  busy: boolean;
  rejecting: boolean;
  onRejecting: (open: boolean) => void;
  /** With little confidence the draft is shown only when asked for. */
  unfolded: boolean;
  onUnfold: () => void;
  onAccept: () => void;
  onEdit: () => void;
  onReject: (reason: string) => Promise<void>;
  onAnother: () => void;
  onWhy: () => void;
  onInsert: (source: Source) => void;
  onChange: (change: TicketChange) => Promise<void>;
}

/** The draft, where the reply will stand. With little confidence it is folded away behind the sources, until it is asked for. */
export function SuggestionPanel(props: Props) {
  const { ticket, suggestion, unfolded } = props;
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const drafting = suggestion.state === "drafting";
  const streamed = useDraftStream(ticket.id, drafting ? suggestion.id : null);
  const level = levelOf(suggestion);
  const draft = suggestion.answer?.draft;
  const sure = level === "high" || level === "middle";
  const showDraft = drafting || sure || (unfolded && level !== "none");
  const doubts = draft?.sentences.filter(isDoubtful).length ?? 0;
  const colour = { high: token.colorSuccess, middle: token.colorWarning, low: token.colorError, none: token.colorTextTertiary }[level];
  return (
    <section
      className="ticket-suggestion"
      aria-label={t("suggestion.label")}
      aria-busy={drafting}
      style={{ background: token.colorBgContainer, borderColor: token.colorPrimaryBorder }}
    >
      <div className="ticket-suggestion-head">
        <strong>
          <RobotOutlined /> {t(drafting ? "suggestion.drafting" : "suggestion.label")}
        </strong>
        {!drafting && (
          <span className="tabular" style={{ color: colour, fontWeight: 600 }} title={t("suggestion.confidenceHint")}>
            {t(`confidence.${level}`)}
            {level !== "none" && ` ${suggestion.confidence.toFixed(2)}`}
          </span>
        )}
        {doubts > 0 && showDraft && <span style={{ color: token.colorError }}>{t("suggestion.doubts", { count: doubts })}</span>}
        <Classification {...props} />
      </div>
      {suggestion.answer && (
        <div className="ticket-asked" style={{ color: token.colorTextSecondary }} title={suggestion.answer.question}>
          {t("suggestion.answers")}
          {t("list.colon")}
          <Redacted text={suggestion.answer.question} />
        </div>
      )}
      <div className="ticket-suggestion-body">
        {drafting && streamed.length === 0 && <Skeleton active title={false} paragraph={{ rows: 2 }} />}
        {drafting && streamed.length > 0 && <DraftText sentences={streamed} citations={[]} language={suggestion.language || "zh"} />}
        {!drafting && showDraft && draft && (
          <>
            <DraftText sentences={draft.sentences} citations={draft.citations} language={draft.language} />
            <div className="ticket-cited" style={{ color: token.colorTextSecondary }}>
              {draft.citations.map((one) => (
                <span key={one.number} title={one.heading}>
                  <span className="tabular">[{one.number}]</span> {one.source_kind === "case" && `${t("cite.kind.case")}${t("list.colon")}`}
                  <Redacted text={one.title} />
                  {one.version !== null && one.source_kind === "article" && ` v${one.version}`}
                </span>
              ))}
            </div>
          </>
        )}
        {!drafting && !sure && <Sources {...props} level={level} />}
      </div>
      {props.rejecting ? (
        <RejectBox onCancel={() => props.onRejecting(false)} onReject={props.onReject} />
      ) : (
        <div className="ticket-actions">
          {showDraft && !drafting && (
            <>
              <Button type="primary" loading={props.busy} onClick={props.onAccept}>
                {t("suggestion.accept")} <kbd>A</kbd>
              </Button>
              <Button onClick={props.onEdit}>
                {t("suggestion.edit")} <kbd>E</kbd>
              </Button>
            </>
          )}
          {!drafting && level !== "none" && (
            <Button onClick={() => props.onRejecting(true)}>
              {t("suggestion.reject")} <kbd>R</kbd>
            </Button>
          )}
          <span style={{ flex: 1 }} />
          {!drafting && <Button type="text" icon={<ReloadOutlined />} onClick={props.onAnother} aria-label={t("suggestion.another")} title={`${t("suggestion.another")} (⇧R)`} />}
          {!drafting && suggestion.answer && (
            <Button type="text" icon={<QuestionCircleOutlined />} onClick={props.onWhy} aria-label={t("suggestion.why")} title={`${t("suggestion.why")} (W)`}>
              <span className="ticket-why-word">{t("suggestion.why")}</span>
            </Button>
          )}
        </div>
      )}
    </section>
  );
}

function Sources({ suggestion, level, unfolded, onUnfold, onInsert }: Props & { level: Level }) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const hits = suggestion.answer?.hits.slice(0, SHOWN) ?? [];
  return (
    <>
      <div style={{ color: token.colorTextSecondary, marginBottom: 6 }}>
        {t(suggestion.answer === null ? "suggestion.failed" : level === "none" ? "suggestion.noAnswer" : unfolded ? "suggestion.unsureShown" : "suggestion.unsure")}{" "}
        {level === "low" && !unfolded && (
          <Button type="link" size="small" style={{ padding: 0 }} onClick={onUnfold}>
            {t("suggestion.unfold")}
          </Button>
        )}
      </div>
      <SourceList sources={hits.map((one) => sourceOf(one.passage))} language={suggestion.language} onInsert={onInsert} />
    </>
  );
}

/** What the classifier took it for, and what else it might be: one click makes it so. */
function Classification({ ticket, suggestion, onChange }: Props) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const { percent } = useFormats();
  const name = useIntentName();
  if (!suggestion.answer) return null;
  return (
    <span className="ticket-intents" role="group" aria-label={t("intent.label")}>
      {rankingOf(suggestion.answer).slice(0, 3).map(([intent, share]) => {
        const chosen = ticket.intent === intent;
        return (
          <button
            key={intent}
            type="button"
            className="ticket-kind"
            aria-pressed={chosen}
            title={t(chosen ? "intent.chosen" : "intent.correct")}
            onClick={() => !chosen && void onChange({ intent })}
            style={
              chosen
                ? { background: token.colorPrimaryBg, borderColor: token.colorPrimary, color: token.colorText }
                : { borderColor: token.colorBorder, color: token.colorTextSecondary }
            }
          >
            {name(intent)} <span className="tabular">{percent(share)}</span>
          </button>
        );
      })}
    </span>
  );
}
