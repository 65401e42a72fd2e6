import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { useIntents, useShops, useStaff } from "@/api/lookups";
import { Ago, useFormats } from "@/components/format";
import { PhoneBack } from "@/components/PhoneBack";
import { ErrorState, PageLoading } from "@/components/states";
import { Contradiction } from "./Contradiction";
import { neglectedOf, type Finding } from "./data";
import { Decide } from "./Decide";
import { Gap } from "./Gap";

export function FindingPane({ id, onBack }: { id: number; onBack: () => void }) {
  const { t } = useTranslation("gaps");
  const found = api.useQuery("get", "/api/v1/knowledge/findings/{finding_id}", { params: { path: { finding_id: id } } });
  if (found.isPending) return <PageLoading />;
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  const finding = found.data;
  return (
    <div className="kn-pane">
      <PhoneBack to={t("list")} onBack={onBack} />
      <Head finding={finding} />
      <Decide finding={finding} />
      {finding.kind === "gap" && <Gap finding={finding} />}
      {finding.kind === "contradiction" && <Contradiction finding={finding} />}
      {(finding.kind === "stale" || finding.kind === "unused") && <Neglected finding={finding} />}
    </div>
  );
}

function Head({ finding }: { finding: Finding }) {
  const { t } = useTranslation("gaps");
  const { token } = theme.useToken();
  const shops = useShops();
  const intents = useIntents();
  const staff = useStaff();
  return (
    <header>
      <h2 className="kn-title">{finding.title}</h2>
      <div className="kn-bar" style={{ margin: "6px 0", color: token.colorTextSecondary, fontSize: 12 }}>
        <span>{t(`kinds.${finding.kind}`)}</span>
        {finding.kind === "gap" && <span>{t("asked", { count: Math.round(finding.volume) })}</span>}
        {finding.kind === "gap" && <span>{t("replies", { count: Math.round(finding.effort) })}</span>}
        {finding.shop_id !== null && <span>{shops.nameOf(finding.shop_id)}</span>}
        {finding.intent !== null && <span>{intents.nameOf(finding.intent)}</span>}
        {!finding.current && <span>{t("gone")}</span>}
        {finding.decided_at !== null && (
          <span>
            {t(`states.${finding.state}`)} · {staff.nameOf(finding.decided_by) ?? "–"} · <Ago at={finding.decided_at} />
          </span>
        )}
      </div>
      {finding.note !== "" && <p className="kn-quote">{finding.note}</p>}
    </header>
  );
}

/** Why it is listed, and the way to the article. */
function Neglected({ finding }: { finding: Finding }) {
  const { t } = useTranslation("gaps");
  const formats = useFormats();
  const data = neglectedOf(finding);
  return (
    <>
      <ul className="gp-list">
        {(data.reasons ?? []).map((one) => (
          <li key={one}>{t(`because.${one}`, { count: data.corrections ?? 0 })}</li>
        ))}
        {data.asked !== undefined && <li>{t("because.unused", { number: formats.number(data.asked) })}</li>}
        {data.published_at !== null && <li>{t("published", { at: formats.date(data.published_at) })}</li>}
        {data.valid_to !== null && <li>{t("valid", { at: formats.date(data.valid_to) })}</li>}
      </ul>
      <p>
        <Link to={`/knowledge/articles/${finding.article_id}`}>{t("openArticle")}</Link>
      </p>
    </>
  );
}
