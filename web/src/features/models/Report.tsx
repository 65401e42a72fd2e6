import { Modal, theme } from "antd";
import { useTranslation } from "react-i18next";
import type { Version } from "./KindSection";

/** The training's own report, as it was kept. */
export function Report({ version, onClose }: { version: Version | null; onClose: () => void }) {
  const { t } = useTranslation("models");
  const { token } = theme.useToken();
  return (
    <Modal title={version === null ? "" : t("reportOf", { version: version.version })} open={version !== null} onCancel={onClose} footer={null} width={720}>
      <p style={{ color: token.colorTextSecondary, marginTop: 0 }}>{t("reportHint")}</p>
      <pre className="mv-report" tabIndex={0} style={{ background: token.colorFillQuaternary }}>
        {JSON.stringify(version?.metrics ?? {}, null, 2)}
      </pre>
    </Modal>
  );
}
