import { LockOutlined } from "@ant-design/icons";
import { theme } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Excerpt, Redacted } from "@/components/Redacted";
import type { Source } from "./composerState";
import { type Hit, searchSources, type Ticket, useTell } from "./data";
import { Picker } from "./Picker";

const PAUSE_MS = 300;

interface Props {
  ticket: Ticket;
  open: boolean;
  onClose: () => void;
  onPick: (source: Source) => void;
}

/** Another source for the reply: what staff may see of this shop's knowledge. */
export function SourceSearch(props: Props) {
  return props.open ? <Open {...props} /> : null;
}

function Open({ ticket, onClose, onPick }: Props) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const tell = useTell(ticket.id);
  const [text, setText] = useState(ticket.subject.slice(0, 60));
  const [found, setFound] = useState<{ text: string; hits: readonly Hit[] }>({ text: "", hits: [] });
  const wanted = text.trim();
  useEffect(() => {
    if (wanted === "") return undefined;
    let stale = false;
    const timer = window.setTimeout(() => {
      searchSources(ticket.shop_id, wanted).then(
        (hits) => !stale && setFound({ text: wanted, hits }),
        (error: unknown) => {
          if (stale) return;
          setFound({ text: wanted, hits: [] });
          tell(error);
        },
      );
    }, PAUSE_MS);
    return () => {
      stale = true;
      window.clearTimeout(timer);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wanted, ticket.shop_id]);
  return (
    <Picker
      label={t("sources.search")}
      placeholder={t("sources.find")}
      empty={t("sources.none")}
      text={text}
      onText={setText}
      loading={wanted !== "" && found.text !== wanted}
      items={wanted === "" ? [] : found.hits}
      keyOf={(one) => one.passage_id}
      onClose={onClose}
      onPick={(one) => {
        onClose();
        onPick({
          passageId: one.passage_id,
          documentId: one.document_id,
          title: one.title || one.text.slice(0, 40),
          heading: one.heading,
          text: one.text,
          version: one.version,
          audience: one.audience,
          publishedAt: one.published_at,
        });
      }}
      show={(one) => (
        <div style={one.audience === "public" ? undefined : { borderLeft: `3px solid ${token.colorWarning}`, paddingLeft: 8 }}>
          <strong>
            {one.audience !== "public" && <LockOutlined aria-label={t("cite.internal")} />} <Redacted text={one.title || t(`cite.kind.${one.source_kind as "case"}`)} />
            {one.heading && <span style={{ fontWeight: 400, color: token.colorTextSecondary }}> › {one.heading}</span>}
          </strong>
          <div className="ticket-two-lines" style={{ color: token.colorTextSecondary }}>
            <Excerpt text={one.text} />
          </div>
        </div>
      )}
    />
  );
}
