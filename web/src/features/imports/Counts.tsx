import { theme } from "antd";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useFormats } from "@/components/format";

/** New, updated, unchanged, wrong: the four figures of an import. */
export function Counts({ outcome }: { outcome: Pick<Schemas["OutcomeOut"], "created" | "updated" | "unchanged" | "skipped" | "failed"> }) {
  const { t } = useTranslation("imports");
  const { token } = theme.useToken();
  const formats = useFormats();
  const colours = { created: token.colorSuccess, updated: token.colorPrimary, unchanged: token.colorText, skipped: token.colorText, failed: token.colorError } as const;
  const names = (["created", "updated", "unchanged", "skipped", "failed"] as const).filter((name) => name !== "skipped" || outcome.skipped > 0);
  return (
    <dl className="imp-counts">
      {names.map((name) => (
        <div key={name} style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }}>
          <dt style={{ color: token.colorTextSecondary }}>{t(`preview.${name}`)}</dt>
          <dd className="tabular" style={{ color: outcome[name] > 0 ? colours[name] : token.colorTextTertiary }}>
            {formats.number(outcome[name])}
          </dd>
        </div>
      ))}
    </dl>
  );
}
