import { Input, Modal, Spin, theme } from "antd";
import { type KeyboardEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, type Schemas } from "@/api/client";
import { useErrorText } from "@/components/states";

type Hit = Pick<Schemas["HitOut"], "document_id" | "title" | "text">;
const PAUSE_MS = 300;

interface Props {
  question: string;
  shopId: number | null;
  onPick: (documentId: string) => void;
  onClose: () => void;
}

/** Find what answers the question: type, choose with the arrows, Enter. One row a document. */
export function SourcePicker({ question, shopId, onPick, onClose }: Props) {
  const { t } = useTranslation("evaluation");
  const { token } = theme.useToken();
  const errorText = useErrorText();
  const [text, setText] = useState(question.slice(0, 200));
  const [found, setFound] = useState<{ text: string; hits: Hit[]; error: string }>({ text: "", hits: [], error: "" });
  const [at, setAt] = useState(0);
  const wanted = text.trim();
  useEffect(() => {
    if (wanted === "") return undefined;
    let stale = false;
    const timer = window.setTimeout(() => {
      client.POST("/api/v1/search", { body: { query: wanted, shop_id: shopId, audience: "staff", limit: 20 } }).then(
        ({ data }) => {
          const seen = new Set<string>();
          const hits = (data ?? []).filter((hit) => !seen.has(hit.document_id) && seen.add(hit.document_id));
          if (!stale) setFound({ text: wanted, hits, error: "" });
        },
        (error: unknown) => {
          if (!stale) setFound({ text: wanted, hits: [], error: errorText(error) });
        },
      );
    }, PAUSE_MS);
    return () => {
      stale = true;
      window.clearTimeout(timer);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wanted, shopId]);
  const chosen = Math.min(at, Math.max(0, found.hits.length - 1));
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && found.hits.length > 0) {
      event.preventDefault();
      setAt((chosen + step + found.hits.length) % found.hits.length);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      const hit = found.hits[chosen];
      if (hit) onPick(hit.document_id);
    }
  };
  return (
    <Modal title={t("picker.title")} open onCancel={onClose} footer={null} width={640}>
      <Input
        autoFocus
        value={text}
        aria-label={t("picker.find")}
        placeholder={t("picker.find")}
        suffix={wanted !== "" && found.text !== wanted ? <Spin size="small" /> : <span />}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul className="ev-picks" aria-label={t("picker.title")}>
        {found.hits.map((hit, index) => (
          <li key={hit.document_id}>
            <button
              type="button"
              aria-current={index === chosen ? "true" : undefined}
              onClick={() => onPick(hit.document_id)}
              style={{ background: index === chosen ? token.colorPrimaryBg : "transparent", color: token.colorText }}
            >
              <strong>{hit.title || hit.text.slice(0, 40)}</strong>
              <span className="ev-two-lines" style={{ color: token.colorTextSecondary }}>
                {hit.text}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {found.text !== "" && found.hits.length === 0 && <p style={{ color: token.colorTextSecondary }}>{found.error || t("picker.none")}</p>}
    </Modal>
  );
}
