import { Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "@/api/client";
import { useFormats } from "@/components/format";
import { EmptyState, ErrorState, PageLoading } from "@/components/states";
import { Panel } from "./Panel";
import { ReliabilityChart } from "./ReliabilityChart";

type Found = Schemas["ReliabilityOut"];

/** Whether a score means what it says, on verdicts that the model has not seen; the same as a table. */
export function Reliability({ shop }: { shop: number }) {
  const { t } = useTranslation("autonomy");
  const { number } = useFormats();
  const [view, setView] = useState<"chart" | "table">("chart");
  const found = api.useQuery("get", "/api/v1/autonomy/{shop_id}/reliability", { params: { path: { shop_id: shop } } });
  const choice = (
    <Segmented
      size="small"
      aria-label={t("reliability.view")}
      value={view}
      onChange={setView}
      options={[
        { value: "chart", label: t("reliability.chart") },
        { value: "table", label: t("reliability.table") },
      ]}
    />
  );
  return (
    <Panel title={t("reliability.title")} hint={t("reliability.hint")} extra={found.data?.n ? choice : undefined}>
      {found.error ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} />
      ) : !found.data ? (
        <PageLoading />
      ) : found.data.n === 0 ? (
        <EmptyState title={t("reliability.none")} />
      ) : (
        <>
          {view === "chart" ? <ReliabilityChart found={found.data} /> : <Table found={found.data} />}
          <p className="tabular">
            {t("reliability.n", { n: number(found.data.n), ece: number(found.data.ece, 3) })} · {t("reliability.version")}{" "}
            {found.data.version === "draft-confidence" ? t("reliability.own") : <code>{found.data.version}</code>}
          </p>
        </>
      )}
    </Panel>
  );
}

function Table({ found }: { found: Found }) {
  const { t } = useTranslation("autonomy");
  const { number, percent } = useFormats();
  return (
    <div className="au-scroll" tabIndex={0} role="region" aria-label={t("reliability.title")}>
      <table className="au-table">
        <thead>
          <tr>
            <th scope="col">{t("reliability.score")}</th>
            <th scope="col">{t("reliability.right")}</th>
            <th scope="col">{t("reliability.share")}</th>
            <th scope="col">{t("reliability.interval")}</th>
          </tr>
        </thead>
        <tbody>
          {found.bins.map((one) => (
            <tr key={one.low}>
              <th scope="row" className="tabular">
                {number(one.low, 1)} – {number(one.high, 1)}
              </th>
              <td className="tabular">
                {number(one.right)} / {number(one.n)}
              </td>
              <td className="tabular">{percent(one.right / one.n)}</td>
              <td className="tabular">
                {percent(one.share_low)} – {percent(one.share_high)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
