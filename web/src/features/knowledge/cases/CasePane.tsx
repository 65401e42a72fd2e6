import { App, Button, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { useMay } from "@/api/session";
import { Ago } from "@/components/format";
import { Redacted } from "@/components/Redacted";
import { PhoneBack } from "@/components/PhoneBack";
import { ErrorState, PageLoading } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { useIntents, useShops, useStaff } from "@/api/lookups";
import { AudienceTag } from "../tags";
import { CaseForm } from "./CaseForm";
import { Conversation } from "./Conversation";
import { Similar } from "./Similar";
import { useCaseActions } from "./useCaseActions";
import type { Case } from "./useCases";

export function CasePane({ id, onDecided, onBack }: { id: number; onDecided: () => void; onBack: () => void }) {
  const found = api.useQuery("get", "/api/v1/cases/{case_id}", { params: { path: { case_id: id } } });
  if (found.isPending) return <PageLoading />;
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  return <Loaded found={found.data} onDecided={onDecided} onBack={onBack} />;
}

function Loaded({ found, onDecided, onBack }: { found: Case; onDecided: () => void; onBack: () => void }) {
  const { t } = useTranslation("knowledge");
  const common = useTranslation().t;
  const { token } = theme.useToken();
  const { modal } = App.useApp();
  const [editing, setEditing] = useState(false);
  const may = useMay("knowledge:publish");
  const shops = useShops();
  const staff = useStaff();
  const intents = useIntents();
  const actions = useCaseActions(found, onDecided);
  const [mergeInto, setMergeInto] = useState<number | null>(null);
  const proposed = found.status === "proposed";
  const published = found.status === "published";
  const publishable = proposed || found.status === "discarded";
  const retire = () =>
    void modal.confirm({ title: t("cases.retireAsk"), content: t("cases.retireHint"), okText: t("cases.retire"), cancelText: common("actions.cancel"), onOk: actions.retire });
  useShortcuts(t("keys.case"), [
    { keys: "p", label: t("cases.publish"), run: actions.publish, disabled: !may || !publishable || editing },
    { keys: "e", label: t("cases.edit"), run: () => setEditing(true), disabled: !may || !proposed || editing },
    { keys: "m", label: t("cases.merge"), run: () => mergeInto !== null && actions.merge(mergeInto), disabled: !may || mergeInto === null || editing },
    { keys: "x", label: t("cases.discard"), run: actions.discard, disabled: !may || !proposed || editing },
    { keys: "", label: t("cases.retire"), run: retire, disabled: !may || !published },
  ]);
  return (
    <div className="kn-pane" data-case={found.id} style={{ gap: 14 }}>
      <PhoneBack to={t("tabs.cases")} onBack={onBack} />
      <header className="kn-bar" style={{ fontSize: 12, color: token.colorTextSecondary }}>
        <AudienceTag audience={found.audience} />
        <span>{shops.nameOf(found.shop_id)}</span>
        {found.intent !== null && <span>{intents.nameOf(found.intent)}</span>}
        <Link to={`/tickets/${found.ticket_id}`}>{t("cases.fromTicket", { id: found.ticket_id })}</Link>
        <Ago at={found.created_at} />
        {found.decided_by !== null && <span>{t(`cases.by.${found.status}`, { name: staff.nameOf(found.decided_by) ?? "–" })}</span>}
        {published && <span>{found.indexed_at ? t("live.indexed") : t("live.indexing")}</span>}
        {found.duplicate_of !== null && <Link to={`/knowledge/cases/${found.duplicate_of}`}>{t("cases.sameAs", { id: found.duplicate_of })}</Link>}
      </header>
      {editing ? (
        <CaseForm found={found} onDone={() => setEditing(false)} />
      ) : (
        <div className="kn-card" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer, fontSize: 15 }}>
          <h2 style={{ fontSize: 12, margin: 0, color: token.colorTextSecondary, fontWeight: 400 }}>{t("cases.question")}</h2>
          <p style={{ margin: "2px 0 12px", fontWeight: 600 }}>
            <span className="kn-quote"><Redacted text={found.question} /></span>
          </p>
          <h2 style={{ fontSize: 12, margin: 0, color: token.colorTextSecondary, fontWeight: 400 }}>{t("cases.answer")}</h2>
          <p style={{ margin: "2px 0 0" }}>
            <span className="kn-quote"><Redacted text={found.answer} /></span>
          </p>
        </div>
      )}
      {may && !editing && (
        <div className="kn-bar">
          {publishable && (
            <Button type="primary" loading={actions.busy} onClick={actions.publish}>
              {t("cases.publish")} <kbd>p</kbd>
            </Button>
          )}
          {proposed && (
            <Button onClick={() => setEditing(true)}>
              {t("cases.edit")} <kbd>e</kbd>
            </Button>
          )}
          {proposed && (
            <Button danger loading={actions.busy} onClick={actions.discard}>
              {t("cases.discard")} <kbd>x</kbd>
            </Button>
          )}
          {published && <Button onClick={retire}>{t("cases.retire")}</Button>}
        </div>
      )}
      <Similar found={found} chosen={mergeInto} onChoose={setMergeInto} onMerge={may && (proposed || published) ? actions.merge : undefined} />
      <Conversation ticketId={found.ticket_id} />
    </div>
  );
}
