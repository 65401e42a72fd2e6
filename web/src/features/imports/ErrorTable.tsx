import { Table, theme } from "antd";
import { useTranslation } from "react-i18next";
import type { RowProblem } from "./choices";

/** Where, which field, what stands there, what to do: in the reader's language where the mistake has a name. */
export function ErrorTable({ errors, shownOf }: { errors: readonly RowProblem[]; shownOf: number }) {
  const { t, i18n } = useTranslation("imports");
  const { token } = theme.useToken();
  const fieldName = (name: string) => (i18n.exists(`imports:field.${name}`) ? t(`field.${name}`) : name);
  const fix = (error: RowProblem) => (error.code !== "" && i18n.exists(`imports:code.${error.code}`) ? t(`code.${error.code}`) : error.message);
  return (
    <>
      <Table<RowProblem>
        size="small"
        rowKey={(error) => `${error.place}:${error.field}`}
        dataSource={[...errors]}
        pagination={errors.length > 10 ? { pageSize: 10, showSizeChanger: false, size: "small" } : false}
        scroll={{ x: "max-content" }}
        columns={[
          { title: t("error.row"), dataIndex: "place", className: "tabular", render: (place: string) => <span style={{ overflowWrap: "anywhere" }}>{place}</span> },
          { title: t("error.field"), dataIndex: "field", render: (name: string) => fieldName(name) },
          {
            title: t("error.value"),
            dataIndex: "value",
            render: (value: string) =>
              value === "" ? (
                <span style={{ color: token.colorTextTertiary }}>{t("error.empty")}</span>
              ) : (
                <code className="cust-sub" style={{ display: "block", maxWidth: 220 }} title={value}>
                  {value}
                </code>
              ),
          },
          { title: t("error.fix"), key: "fix", render: (_, error) => <div style={{ minWidth: 200, maxWidth: 460, whiteSpace: "normal" }} title={error.message}>{fix(error)}</div> },
        ]}
      />
      {shownOf > errors.length && <div style={{ color: token.colorTextTertiary }}>{t("error.more", { n: errors.length })}</div>}
    </>
  );
}
