import { Modal, theme } from "antd";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { CopyButton } from "./parts";

/** The line that a shop puts into its pages. */
export function EmbedDialog({ account, onClose }: { account: Schemas["AccountOut"] | null; onClose: () => void }) {
  const { t } = useTranslation("settings");
  const { token } = theme.useToken();
  const snippet = `<script src="${location.origin}/widget.js" data-account="${account?.public_key ?? ""}" async></script>`;
  return (
    <Modal title={t("channels.embedTitle")} open={account !== null} onCancel={onClose} footer={<CopyButton text={snippet} />} width={600}>
      <p>{t("channels.embedHint")}</p>
      <pre className="st-code" style={{ background: token.colorFillQuaternary }}>
        {snippet}
      </pre>
      <p>{t("channels.embedIdentity")}</p>
    </Modal>
  );
}
