import { Alert, Button, Select, Skeleton, Table, Tag, theme } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorState } from "@/components/states";
import type { Choices, Inspected, Preview } from "./choices";
import { Counts } from "./Counts";
import { ErrorTable } from "./ErrorTable";

interface Props {
  found: Inspected;
  preview: { data?: Preview; error: unknown; isFetching: boolean; refetch: () => unknown };
  values: Choices["values"];
  onValues: (values: Choices["values"]) => void;
  onBack: () => void;
  onStart: () => void;
  starting: boolean;
}

/** What would happen: counts, words we do not know, wrong rows, and the first rows as they were understood. */
export function PreviewStep({ found, preview, values, onValues, onBack, onStart, starting }: Props) {
  const { t } = useTranslation("imports");
  const back = <Button onClick={onBack}>{t("columns.back")}</Button>;
  if (preview.error) {
    return (
      <>
        <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />
        {back}
      </>
    );
  }
  const seen = preview.data;
  if (!seen) return <Skeleton active paragraph={{ rows: 8 }} aria-label={t("preview.refreshing")} />;
  const good = seen.created + seen.updated + seen.unchanged;
  const partly = found.rows > seen.checked;
  return (
    <div className="c360" aria-busy={preview.isFetching} style={{ opacity: preview.isFetching ? 0.6 : 1 }}>
      <Alert
        type="info"
        showIcon
        title={`${t("preview.title")} · ${partly ? t("preview.partly", { count: seen.checked, total: found.rows }) : t("preview.checked", { count: seen.checked })}`}
      />
      <Counts outcome={seen} />
      {seen.unmapped.length > 0 && <Unmapped seen={seen} found={found} values={values} onValues={onValues} />}
      {seen.errors.length > 0 && (
        <section className="c360-section">
          <h2>{t("preview.errors")}</h2>
          <ErrorTable errors={seen.errors} shownOf={seen.errors.length} />
        </section>
      )}
      {seen.ignored.length > 0 && <Alert type="info" title={t("preview.ignored", { names: seen.ignored.join(", ") })} />}
      {seen.warnings.length > 0 && <Alert type="warning" showIcon title={t("preview.warnings")} description={seen.warnings.join(" ")} />}
      {seen.sample.length > 0 && (
        <section className="c360-section">
          <h2>{t("preview.rows")}</h2>
          <Rows seen={seen} place={found.columns.length === 0 ? t("preview.place") : t("preview.row")} />
        </section>
      )}
      <div className="c360-actions">
        {back}
        <Button type="primary" loading={starting} disabled={good === 0 && !partly} onClick={onStart}>
          {good === 0 && !partly ? t("preview.nothing") : seen.failed > 0 ? t("preview.startAnyway") : t("preview.start", { count: found.rows })}
        </Button>
      </div>
    </div>
  );
}

const COLOURS = { created: "success", updated: "processing", unchanged: "default", archived: "default", failed: "error" } as const;

function Rows({ seen, place }: { seen: Preview; place: string }) {
  const { t, i18n } = useTranslation("imports");
  const { token } = theme.useToken();
  const names = [...new Set(seen.sample.flatMap((row) => Object.keys(row.values)))];
  const alike = seen.sample.some((row) => (row.alike?.length ?? 0) > 0);
  return (
    <Table
      size="small"
      rowKey={(row) => row.place}
      pagination={false}
      dataSource={seen.sample}
      scroll={{ x: "max-content" }}
      columns={[
        { title: place, dataIndex: "place", className: "tabular" },
        { title: t("preview.outcome"), dataIndex: "outcome", render: (outcome: keyof typeof COLOURS) => <Tag color={COLOURS[outcome]} style={{ margin: 0 }}>{t(`outcome.${outcome}`)}</Tag> },
        ...(alike
          ? [
              {
                title: t("field.alike"),
                key: "alike",
                render: (_: unknown, row: Preview["sample"][number]) =>
                  row.alike?.map((one) => (
                    <div key={`${one.article_id}:${one.title}`} style={{ color: token.colorWarning, maxWidth: 240, whiteSpace: "normal" }}>
                      {t("alike", { title: one.title, percent: `${Math.round(one.similarity * 100)}%` })}
                    </div>
                  )),
              },
            ]
          : []),
        ...names.map((name) => ({
          title: i18n.exists(`imports:field.${name}`) ? t(`field.${name}`) : name,
          key: name,
          render: (_: unknown, row: Preview["sample"][number]) => (
            <div className="cust-sub" style={{ maxWidth: 220, fontSize: "inherit", color: row.outcome === "failed" ? token.colorTextTertiary : undefined }} title={row.values[name]}>
              {row.values[name]}
            </div>
          ),
        })),
      ]}
    />
  );
}

function Unmapped({ seen, found, values, onValues }: { seen: Preview; found: Inspected; values: Choices["values"]; onValues: (values: Choices["values"]) => void }) {
  const { t, i18n } = useTranslation(["imports", "orders"]);
  const known = (field: string, word: string) => {
    for (const key of [`orders:status.${word}`, `orders:shipment.${word}`]) if (i18n.exists(key)) return t(key);
    return i18n.exists(`imports:field.${word}`) ? t(`field.${word}`) : `${field}${t("colon", { ns: "common" })}${word}`;
  };
  return (
    <section className="c360-section">
      <h2>{t("preview.unmapped")}</h2>
      <p style={{ margin: "0 0 6px" }}>{t("preview.unmappedHint")}</p>
      <Table
        size="small"
        rowKey={(one) => `${one.field}:${one.word}`}
        pagination={false}
        dataSource={seen.unmapped}
        columns={[
          { title: t("preview.word"), dataIndex: "word", render: (word: string) => <strong>{word}</strong> },
          { title: t("preview.rowsWithIt"), dataIndex: "rows", align: "right", className: "tabular" },
          {
            title: t("preview.meaning"),
            key: "ours",
            render: (_, one) => (
              <Select
                aria-label={`${t("preview.meaning")}${t("colon", { ns: "common" })}${one.word}`}
                style={{ width: 180 }}
                value={values[one.field]?.[one.word] ?? ""}
                onChange={(word) => {
                  const { [one.word]: _old, ...rest } = values[one.field] ?? {};
                  onValues({ ...values, [one.field]: word === "" ? rest : { ...rest, [one.word]: word } });
                }}
                options={[
                  { value: "", label: t("preview.keep") },
                  ...(found.fields.find((field) => field.name === one.field)?.words ?? []).map((word) => ({ value: word, label: known(one.field, word) })),
                ]}
              />
            ),
          },
        ]}
      />
    </section>
  );
}
