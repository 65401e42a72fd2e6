import { Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "@/api/client";
import type { Upload } from "./composerState";
import { useTell } from "./data";

/** Files go to the server as soon as they are chosen; what is not sent within a day is removed there. */
export function useUpload(ticketId: number, onDone: (file: Upload) => void) {
  const tell = useTell(ticketId);
  const [uploading, setUploading] = useState(0);
  const upload = async (files: readonly File[]) => {
    for (const file of files) {
      setUploading((count) => count + 1);
      try {
        const body = new FormData();
        body.append("file", file);
        const { data } = await client.POST("/api/v1/tickets/{ticket_id}/attachments", {
          params: { path: { ticket_id: ticketId } },
          body: body as unknown as { file: string },
          bodySerializer: (form) => form,
        });
        if (data) onDone({ id: data.id, name: data.name, size: data.size });
      } catch (error) {
        tell(error);
      } finally {
        setUploading((count) => count - 1);
      }
    }
  };
  return { upload, uploading };
}

export function AttachmentTray({ files, uploading, onRemove }: { files: readonly Upload[]; uploading: number; onRemove: (id: number) => void }) {
  const { t } = useTranslation("ticket");
  if (files.length === 0 && uploading === 0) return null;
  return (
    <div className="ticket-tray" aria-live="polite">
      {files.map((file) => (
        <Tag key={file.id} closable={{ "aria-label": t("attachments.remove", { name: file.name }) }} onClose={() => onRemove(file.id)}>
          {file.name}
        </Tag>
      ))}
      {uploading > 0 && <span>{t("attachments.uploading")}</span>}
    </div>
  );
}
