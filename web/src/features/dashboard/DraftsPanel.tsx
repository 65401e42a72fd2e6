import { Segmented, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useFormats } from "@/components/format";
import { useNames } from "./names";
import { Nothing, Panel } from "./Panel";

type Drafts = Schemas["DraftsOut"];
type Fates = Schemas["FatesOut"];
const PARTS = ["accepted", "edited", "rejected", "ignored"] as const;

/** What agents did with the drafts they were offered, by intent or language. */
export function DraftsPanel({ drafts }: { drafts: Drafts }) {
  const { t } = useTranslation("dashboard");
  const { token } = theme.useToken();
  const names = useNames();
  const { number, percent } = useFormats();
  const [by, setBy] = useState<"intent" | "language">("intent");
  const colours = { accepted: token.colorSuccess, edited: token.colorPrimary, rejected: token.colorError, ignored: token.colorTextQuaternary };
  const rows: { key: string; label: string; fates: Fates }[] = [
    { key: "all", label: t("all"), fates: drafts.total },
    ...(by === "intent" ? drafts.by_intent : drafts.by_language)
      .slice(0, 9)
      .map(({ value, fates }) => ({ key: value ?? "–", label: by === "intent" ? names.intent(value) : names.language(value), fates })),
  ];
  return (
    <Panel
      of="drafts"
      wide
      extra={
        <Segmented
          size="small"
          aria-label={t("by.label")}
          value={by}
          onChange={setBy}
          options={[
            { value: "intent", label: t("by.intent") },
            { value: "language", label: t("by.language") },
          ]}
        />
      }
    >
      {drafts.total.offered === 0 ? (
        <Nothing>{t("noDrafts")}</Nothing>
      ) : (
        <div className="db-scroll" tabIndex={0} role="region" aria-label={t("figure.drafts")}>
          <table className="db-table db-fates">
            <thead>
              <tr style={{ color: token.colorTextSecondary }}>
                <th scope="col">{t(`by.${by}`)}</th>
                <th scope="col" className="db-bar-head">
                  <span className="visually-hidden">{t("bar")}</span>
                </th>
                {PARTS.map((part) => (
                  <th key={part} scope="col" className="db-number">
                    <span aria-hidden="true" className="db-dot" style={{ background: colours[part] }} />
                    {t(`fate.${part}`)}
                  </th>
                ))}
                <th scope="col" className="db-number">
                  {t("fate.open")}
                </th>
                <th scope="col" className="db-number" title={t("intervalHint")}>
                  {t("figure.accepted")}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ key, label, fates }) => {
                const decided = fates.accepted_share.total;
                return (
                  <tr key={key} style={key === "all" ? { fontWeight: 600 } : undefined}>
                    <th scope="row" title={label}>
                      {label}
                    </th>
                    <td aria-hidden="true">
                      <span className="db-stack">
                        {PARTS.map((part) => (
                          <span key={part} style={{ width: `${decided === 0 ? 0 : (100 * fates[part]) / decided}%`, background: colours[part] }} />
                        ))}
                      </span>
                    </td>
                    {PARTS.map((part) => (
                      <td key={part} className="db-number tabular">
                        {number(fates[part])}
                      </td>
                    ))}
                    <td className="db-number tabular" style={{ color: token.colorTextSecondary }} title={t("fate.openHint", { waiting: fates.waiting, overtaken: fates.overtaken })}>
                      {number(fates.waiting + fates.overtaken)}
                    </td>
                    <td className="db-number tabular">
                      {fates.accepted_share.value === null ? "–" : percent(fates.accepted_share.value)}
                      {fates.accepted_share.low !== null && fates.accepted_share.high !== null && (
                        <span style={{ color: token.colorTextSecondary, fontWeight: 400 }}>
                          {" "}
                          {percent(fates.accepted_share.low)}–{percent(fates.accepted_share.high)}
                        </span>
                      )}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
