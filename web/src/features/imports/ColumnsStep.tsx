import { Alert, Button, Select, Table, Tag, theme } from "antd";
import { useTranslation } from "react-i18next";
import { faults, type Inspected } from "./choices";

interface Props {
  found: Inspected;
  columns: Record<string, string>;
  onChange: (columns: Record<string, string>) => void;
  onBack: () => void;
  onNext: () => void;
}

/** Their columns beside ours. What we recognised is chosen already; what is missing stands above the button. */
export function ColumnsStep({ found, columns, onChange, onBack, onNext }: Props) {
  const { t } = useTranslation("imports");
  const { token } = theme.useToken();
  const { missing, twice } = faults(found, columns);
  const options = [
    { value: "", label: t("columns.ignore") },
    ...found.fields.map((field) => ({ value: field.name, label: `${t(`field.${field.name}`)}${field.required ? ` · ${t("columns.required")}` : ""}` })),
  ];
  return (
    <>
      <p style={{ color: token.colorTextSecondary }}>
        {t("columns.title")} · {found.upload.file_name} · {t("columns.rows", { count: found.rows })}
      </p>
      <Table
        size="small"
        rowKey="name"
        pagination={false}
        dataSource={found.columns}
        scroll={{ x: "max-content" }}
        columns={[
          { title: t("columns.theirs"), dataIndex: "name", render: (name: string) => <strong>{name}</strong> },
          {
            title: t("columns.samples"),
            key: "samples",
            render: (_, column) => (
              <div className="cust-sub" style={{ maxWidth: 260, color: token.colorTextSecondary }} title={column.samples.join("\n")}>
                {column.samples.join(" · ")}
              </div>
            ),
          },
          {
            title: t("columns.ours"),
            key: "ours",
            render: (_, column) => (
              <span className="c360-row" style={{ flexWrap: "nowrap" }}>
                <Select
                  showSearch={{ optionFilterProp: "label" }}
                  aria-label={`${t("columns.ours")}${t("colon", { ns: "common" })}${column.name}`}
                  value={columns[column.name] ?? ""}
                  options={options}
                  status={twice.includes(columns[column.name] ?? "") ? "error" : undefined}
                  onChange={(field) => onChange({ ...columns, [column.name]: field })}
                  style={{ width: 210 }}
                />
                {column.suggested !== null && columns[column.name] === column.suggested && (
                  <Tag color="success" style={{ margin: 0 }}>
                    {t("columns.suggested")}
                  </Tag>
                )}
              </span>
            ),
          },
        ]}
      />
      {missing.length > 0 && <Alert type="warning" showIcon style={{ marginTop: 12 }} title={t("columns.missing", { names: missing.map((name) => t(`field.${name}`)).join(", ") })} />}
      {twice.map((name) => (
        <Alert key={name} type="error" showIcon style={{ marginTop: 12 }} title={t("columns.twice", { name: t(`field.${name}`) })} />
      ))}
      <div className="c360-actions" style={{ marginTop: 16 }}>
        <Button onClick={onBack}>{t("columns.again")}</Button>
        <Button type="primary" disabled={missing.length > 0 || twice.length > 0} onClick={onNext}>
          {t("columns.next")}
        </Button>
      </div>
    </>
  );
}
