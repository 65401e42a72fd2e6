import { App, Button, Select, Skeleton, Table, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "@/api/client";
import { useMay } from "@/api/session";
import { Ago } from "@/components/format";
import { ErrorState } from "@/components/states";
import { useStaff } from "@/api/lookups";
import type { Version } from "../states";
import { StateTag, type State } from "../tags";
import { Diff } from "./Diff";
import { useArticleActions } from "./useArticleActions";

export function Versions({ article }: { article: Schemas["ArticleOut"] }) {
  const { t } = useTranslation("knowledge");
  const common = useTranslation().t;
  const { modal } = App.useApp();
  const staff = useStaff();
  const actions = useArticleActions(article);
  const mayPublish = useMay("knowledge:publish");
  const [newest, second] = article.versions;
  const [chosen, setPair] = useState<[number, number] | null>(null);
  const pair = chosen ?? ([second?.number ?? 1, newest?.number ?? 1] as [number, number]);
  const rollBack = (number: number) =>
    void modal.confirm({
      title: t("versions.rollBackAsk", { number }),
      content: t("versions.rollBackHint"),
      okText: t("versions.rollBack"),
      cancelText: common("actions.cancel"),
      onOk: () => {
        setPair(null); // what it changes is shown next
        actions.rollBack(number);
      },
    });
  return (
    <div style={{ display: "grid", gap: 16 }}>
      <Table<Version>
        size="small"
        rowKey="number"
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={article.versions}
        columns={[
          { title: t("versions.number"), render: (_, one) => <b className="tabular">v{one.number}</b> },
          { title: t("filters.status"), render: (_, one) => <StateTag state={one.status as State} /> },
          { title: t("versions.by"), render: (_, one) => staff.nameOf(one.author_id) ?? (one.note === "import" ? t("versions.import") : "–") },
          { title: t("versions.written"), render: (_, one) => <Ago at={one.created_at} /> },
          { title: t("versions.live"), render: (_, one) => (one.published_at ? <Ago at={one.published_at} /> : "–") },
          { title: t("versions.until"), render: (_, one) => (one.retired_at ? <Ago at={one.retired_at} /> : one.published_at ? t("versions.now") : "–") },
          {
            title: "",
            align: "end",
            render: (_, one) => {
              const before = article.versions.find((other) => other.number < one.number);
              return (
                <span style={{ display: "inline-flex", gap: 4 }}>
                  {before && (
                    <Button size="small" type="text" onClick={() => setPair([before.number, one.number])}>
                      {t("versions.compare")}
                    </Button>
                  )}
                  {one.status === "retired" && mayPublish && (
                    <Button size="small" onClick={() => rollBack(one.number)}>
                      {t("versions.rollBack")}
                    </Button>
                  )}
                </span>
              );
            },
          },
        ]}
      />
      {article.versions.length > 1 && <Comparison article={article} pair={pair} onPair={setPair} />}
    </div>
  );
}

function Comparison({ article, pair: [old, fresh], onPair }: { article: Schemas["ArticleOut"]; pair: [number, number]; onPair: (pair: [number, number]) => void }) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const diff = api.useQuery("get", "/api/v1/articles/{article_id}/diff", { params: { path: { article_id: article.id }, query: { old, new: fresh } } });
  const options = article.versions.map((one) => ({ value: one.number, label: `v${one.number} · ${t(`state.${one.status as State}`)}` }));
  const titles = [old, fresh].map((number) => article.versions.find((one) => one.number === number)?.title ?? "");
  return (
    <section className="kn-card" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }}>
      <div className="kn-bar" style={{ marginBottom: 8 }}>
        <Select size="small" value={old} options={options} onChange={(number: number) => onPair([number, fresh])} aria-label={t("versions.old")} />
        →
        <Select size="small" value={fresh} options={options} onChange={(number: number) => onPair([old, number])} aria-label={t("versions.new")} />
      </div>
      {titles[0] !== titles[1] && (
        <p style={{ margin: "0 0 8px" }}>
          {t("versions.titleChanged")} <del>{titles[0]}</del> → <ins>{titles[1]}</ins>
        </p>
      )}
      {diff.isPending && <Skeleton active />}
      {diff.error && <ErrorState error={diff.error} onRetry={() => void diff.refetch()} />}
      {diff.data && <Diff lines={diff.data as Schemas["LineOut"][]} />}
    </section>
  );
}
