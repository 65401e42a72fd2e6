import { PictureOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

const MOST = 640;

/** A letter as it was laid out, in a frame in which nothing runs. Remote images tell that it was read: only on request. */
export function HtmlLetter({ ticketId, messageId, text }: { ticketId: number; messageId: number; text: string }) {
  const { t } = useTranslation("ticket");
  const [shown, setShown] = useState<"letter" | "text">("letter");
  const [images, setImages] = useState(false);
  const [height, setHeight] = useState(120);
  const [hasImages, setHasImages] = useState(false);
  const measure = (frame: HTMLIFrameElement) => {
    const body = frame.contentDocument?.body;
    if (!body) return;
    setHeight(Math.min(MOST, Math.max(48, body.scrollHeight + 18)));
    setHasImages(body.dataset.images === "1");
  };
  return (
    <div className="ticket-letter">
      {shown === "text" ? (
        <div className="ticket-text">{text}</div>
      ) : (
        <iframe
          title={t("letter.title")}
          // no scripts: "same-origin" is only for measuring how high the letter is
          sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
          src={`/api/v1/tickets/${ticketId}/messages/${messageId}/html${images ? "?images=true" : ""}`}
          style={{ height }}
          onLoad={(event) => measure(event.currentTarget)}
        />
      )}
      <div className="ticket-letter-bar">
        {hasImages && !images && shown === "letter" && (
          <Button size="small" icon={<PictureOutlined />} onClick={() => setImages(true)} title={t("letter.imagesWhy")}>
            {t("letter.images")}
          </Button>
        )}
        <Button size="small" type="text" onClick={() => setShown(shown === "text" ? "letter" : "text")}>
          {t(shown === "text" ? "letter.asSent" : "letter.asText")}
        </Button>
      </div>
    </div>
  );
}
