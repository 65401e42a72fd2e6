import { Drawer, theme } from "antd";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "@/api/client";
import { useStaff } from "@/api/lookups";
import { Ago } from "@/components/format";
import { ErrorState, PageLoading } from "@/components/states";
import { CaseForm } from "./CaseForm";

type Version = Schemas["EvalCaseVersionOut"];

/** One case, to correct or retire; "new" writes one. */
export function CaseDrawer({ id, onClose, onMade }: { id: string; onClose: () => void; onMade: (id: number) => void }) {
  const { t } = useTranslation("evaluation");
  const made = id === "new";
  return (
    <Drawer open onClose={onClose} size={640} title={made ? t("cases.add") : t("cases.one", { id })}>
      {made ? <CaseForm found={null} onDone={onMade} /> : <Loaded id={Number(id)} onClose={onClose} />}
    </Drawer>
  );
}

function Loaded({ id, onClose }: { id: number; onClose: () => void }) {
  const found = api.useQuery("get", "/api/v1/evaluations/cases/{case_id}", { params: { path: { case_id: id } } });
  if (found.isPending) return <PageLoading />;
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  return (
    <>
      <CaseForm key={found.data.version} found={found.data} onDone={onClose} />
      <History id={id} />
    </>
  );
}

/** Every form that the case has had, and whose word made it. */
function History({ id }: { id: number }) {
  const { t } = useTranslation("evaluation");
  const { token } = theme.useToken();
  const staff = useStaff();
  const versions = api.useQuery("get", "/api/v1/evaluations/cases/{case_id}/versions", { params: { path: { case_id: id } } });
  const of = (one: Version) => (one.note_code === "verdict" ? t(`review.${one.note_of as "right"}`) : one.note_of === "" ? "" : t(`kind.${one.note_of as "written"}`));
  const said = (one: Version) => [one.note_code === "" ? "" : t(`note.${one.note_code}`, { of: of(one) }), one.note].filter(Boolean).join(" · ");
  return (
    <section className="ev-history" style={{ color: token.colorTextSecondary }}>
      <h3>{t("history")}</h3>
      <ul>
        {(versions.data ?? []).map((one) => (
          <li key={one.number}>
            <span className="tabular">v{one.number}</span> · {said(one)} · {one.author_id === null ? t("bySystem") : (staff.nameOf(one.author_id) ?? `#${one.author_id}`)} · <Ago at={one.created_at} />
          </li>
        ))}
      </ul>
    </section>
  );
}
