import { Button, Tag, theme } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useActorName } from "@/api/lookups";
import { Ago, useFormats } from "@/components/format";
import { HeldOut } from "./HeldOut";
import { Report } from "./Report";
import { useVersionActions } from "./useVersionActions";

export type Version = Schemas["ModelVersionOut"];

/** The versions of one kind, newest first: what was measured before it served, and one press to use it or go back. */
export function KindSection({ kind, versions, children }: { kind: string; versions: readonly Version[]; children?: ReactNode }) {
  const { t, i18n } = useTranslation("models");
  const { token } = theme.useToken();
  const actions = useVersionActions();
  const nameOf = useActorName();
  const { ago } = useFormats();
  const [shown, setShown] = useState<Version | null>(null);
  const serving = versions.find((one) => one.active);
  const name = i18n.exists(`models:kind.${kind}`) ? t(`kind.${kind}` as "kind.adapter") : kind;
  return (
    <section className="mv-kind" aria-label={name} style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }}>
      <header>
        <h2>{name}</h2>
        {!serving && <Tag color="success">{t("builtInServes")}</Tag>}
        <span style={{ flex: 1 }} />
        {serving && (
          <Button size="small" onClick={() => actions.rollBack(serving, name)}>
            {t("rollBack")}
          </Button>
        )}
      </header>
      {i18n.exists(`models:about.${kind}`) && <p style={{ color: token.colorTextSecondary }}>{t(`about.${kind}` as "about.adapter")}</p>}
      {children}
      {versions.length === 0 ? (
        <p style={{ color: token.colorTextSecondary }}>{t("none")}</p>
      ) : (
        <div className="mv-scroll" tabIndex={0} role="region" aria-label={t("versionsOf", { name })}>
          <table className="mv-table">
            <thead>
              <tr style={{ color: token.colorTextSecondary }}>
                <th scope="col">{t("version")}</th>
                <th scope="col">{t("trained")}</th>
                <th scope="col">{t("heldOut")}</th>
                <th scope="col">{t("state")}</th>
                <th scope="col">{t("takenUp")}</th>
                <th scope="col">
                  <span className="visually-hidden">{t("activate")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {versions.map((one) => (
                <tr key={one.id} style={{ borderColor: token.colorBorderSecondary, background: one.active ? token.colorPrimaryBg : undefined }}>
                  <th scope="row">
                    <code>{one.version}</code>
                  </th>
                  <td>
                    <Ago at={one.created_at} />
                  </td>
                  <td>
                    <HeldOut version={one} />
                  </td>
                  <td>{one.active ? <Tag color="success">{t("serves")}</Tag> : t("kept")}</td>
                  <td>{one.taken_up_at === null || one.taken_up_at === undefined ? "–" : t("takenUpBy", { who: one.taken_up_by === "system" ? t("bySystem") : nameOf(one.taken_up_by ?? ""), when: ago(one.taken_up_at) })}</td>
                  <td className="mv-actions">
                    <Button size="small" type="text" onClick={() => setShown(one)} aria-label={t("reportOf", { version: one.version })}>
                      {t("report")}
                    </Button>
                    {!one.active && (
                      <Button size="small" onClick={() => actions.activate(one, name)} aria-label={t("activateNamed", { version: one.version })}>
                        {t("activate")}
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Report version={shown} onClose={() => setShown(null)} />
    </section>
  );
}
