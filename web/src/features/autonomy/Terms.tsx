import { App, Button, InputNumber, Radio, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";
import { Panel } from "./Panel";

type Settings = Schemas["AutonomySettingsOut"];
const MODES = ["off", "propose", "on"] as const;

/** What the shop lets its bot earn; whoever may not change it reads it. */
export function Terms({ settings, may }: { settings: Settings; may: boolean }) {
  const { t } = useTranslation("autonomy");
  const { token } = theme.useToken();
  const { message } = App.useApp();
  const text = useErrorText();
  const [mode, setMode] = useState(settings.mode);
  const [target, setTarget] = useState(settings.target * 100);
  const [audit, setAudit] = useState(settings.audit_share * 100);
  const [busy, setBusy] = useState(false);
  const changed = mode !== settings.mode || target !== settings.target * 100 || audit !== settings.audit_share * 100;
  const save = async () => {
    setBusy(true);
    try {
      await client.PATCH("/api/v1/autonomy/{shop_id}", {
        params: { path: { shop_id: settings.shop_id }, header: { "If-Match": `"${settings.version}"` } },
        body: { mode, target: target / 100, audit_share: audit / 100 },
      });
      message.success(t("terms.saved"));
    } catch (error) {
      message.error(text(error));
    }
    setBusy(false);
    await invalidate("/api/v1/autonomy");
  };
  const hint = { color: token.colorTextSecondary, fontSize: 12 };
  return (
    <Panel title={t("terms.title")}>
      <div className="au-terms">
        <div role="radiogroup" aria-label={t("terms.mode")}>
          <div>{t("terms.mode")}</div>
          <Radio.Group
            value={mode}
            disabled={!may}
            onChange={(event) => setMode(event.target.value as Settings["mode"])}
            options={MODES.map((one) => ({ value: one, label: t(`terms.${one}`) }))}
          />
          <div style={hint}>{t(`terms.${mode}Hint`)}</div>
        </div>
        <label>
          <div>{t("terms.target")}</div>
          <InputNumber aria-label={t("terms.target")} value={target} min={80} max={99.9} step={1} suffix="%" disabled={!may} onChange={(value) => setTarget(value ?? target)} />
          <div style={hint}>{t("terms.targetHint")}</div>
        </label>
        <label>
          <div>{t("terms.audit")}</div>
          <InputNumber aria-label={t("terms.audit")} value={audit} min={1} max={100} step={1} suffix="%" disabled={!may} onChange={(value) => setAudit(value ?? audit)} />
          <div style={hint}>{t("terms.auditHint")}</div>
        </label>
        {may && (
          <Button type="primary" disabled={!changed} loading={busy} onClick={() => void save()}>
            {t("terms.save")}
          </Button>
        )}
      </div>
    </Panel>
  );
}
