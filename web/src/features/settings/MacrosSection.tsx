import { PlusOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, Select, Space, Tabs, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, idempotencyKey, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useMay } from "@/api/session";
import { EmptyState, ErrorState, useErrorText } from "@/components/states";
import { useIntents } from "./intents";
import { FormDialog, Section } from "./parts";
import { Table } from "./Table";

type Macro = Schemas["MacroOut"];
type Values = Schemas["MacroIn"];

/** Replies that agents insert, with the ticket's own values in them. */
export function MacrosSection() {
  const { t } = useTranslation(["settings", "common"]);
  const intents = useIntents();
  const may = useMay("macros:write");
  const macros = api.useQuery("get", "/api/v1/macros");
  const variables = api.useQuery("get", "/api/v1/macros/variables");
  const shops = api.useQuery("get", "/api/v1/shops");
  const { message, modal } = App.useApp();
  const text = useErrorText();
  const [editing, setEditing] = useState<{ macro: Macro | null; key: string } | null>(null);
  const save = async (values: Values) => {
    const body = { ...values, shop_id: values.shop_id ?? null, intent: values.intent ?? null };
    if (editing?.macro)
      await client.PATCH("/api/v1/macros/{macro_id}", {
        params: { path: { macro_id: editing.macro.id }, header: { "If-Match": `"${editing.macro.version}"` } },
        body,
      });
    else await client.POST("/api/v1/macros", { params: { header: { "Idempotency-Key": editing?.key ?? null } }, body });
    message.success(t("settings:saved"));
    await invalidate("/api/v1/macros");
  };
  const title = (macro: Macro) => (intents.language === "en" ? macro.title_en || macro.title_zh : macro.title_zh || macro.title_en);
  const body = (macro: Macro) => (intents.language === "en" ? macro.body_en || macro.body_zh : macro.body_zh || macro.body_en);
  const remove = (macro: Macro) => {
    modal.confirm({
      title: t("settings:macros.deleteTitle", { name: title(macro) }),
      content: t("settings:macros.deleteHint"),
      okText: t("common:actions.delete"),
      okButtonProps: { danger: true },
      cancelText: t("common:actions.cancel"),
      onOk: async () => {
        try {
          await client.DELETE("/api/v1/macros/{macro_id}", { params: { path: { macro_id: macro.id }, header: { "If-Match": `"${macro.version}"` } } });
          await invalidate("/api/v1/macros");
        } catch (error) {
          message.error(text(error));
        }
      },
    });
  };
  if (macros.error) return <ErrorState error={macros.error} onRetry={() => void macros.refetch()} />;
  const inLanguage = (language: "zh" | "en") => ({
    key: language,
    label: t(`common:languages.${language}`),
    forceRender: true,
    children: (
      <>
        <Form.Item name={`title_${language}`} label={t("settings:macros.name")}>
          <Input maxLength={128} />
        </Form.Item>
        <Form.Item name={`body_${language}`} label={t("settings:macros.body")} extra={t("settings:macros.bodyHint", { variables: (variables.data ?? []).map((name) => `{{${name}}}`).join(" ") })}>
          <Input.TextArea autoSize={{ minRows: 4, maxRows: 14 }} maxLength={5000} />
        </Form.Item>
      </>
    ),
  });
  return (
    <Section
      title={t("settings:sections.macros")}
      hint={t("settings:macros.hint")}
      actions={
        may && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing({ macro: null, key: idempotencyKey() })}>
            {t("settings:macros.add")}
          </Button>
        )
      }
    >
      <Table<Macro>
        rowKey="id"
        loading={macros.isPending}
        dataSource={macros.data ?? []}
        pagination={{ pageSize: 30, hideOnSinglePage: true }}
        locale={{ emptyText: <EmptyState title={t("settings:macros.none")} hint={t("settings:macros.noneHint")} /> }}
        columns={[
          {
            title: t("settings:macros.name"),
            key: "title",
            render: (_, row) => (
              <div style={{ maxWidth: 480, whiteSpace: "normal" }}>
                {title(row)}{" "}
                {(["zh", "en"] as const).map((language) => row[`body_${language}`] !== "" && <Tag key={language}>{language === "zh" ? "中" : "EN"}</Tag>)}
                <div style={{ fontSize: 12, opacity: 0.85, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }}>{body(row)}</div>
              </div>
            ),
          },
          { title: t("settings:grants.intent"), key: "intent", render: (_, row) => (row.intent === null ? t("settings:macros.anyIntent") : intents.name(row.intent)) },
          { title: t("settings:shop"), key: "shop", render: (_, row) => (row.shop_id === null ? t("settings:allShops") : (shops.data?.find((shop) => shop.id === row.shop_id)?.name ?? `#${row.shop_id}`)) },
          ...(may
            ? [
                {
                  title: <span className="visually-hidden">{t("common:actions.edit")}</span>,
                  key: "actions",
                  render: (_: unknown, row: Macro) => (
                    <Space size={0}>
                      <Button type="link" aria-label={t("settings:editNamed", { name: title(row) })} onClick={() => setEditing({ macro: row, key: "" })}>
                        {t("common:actions.edit")}
                      </Button>
                      <Button type="link" danger aria-label={t("settings:macros.deleteTitle", { name: title(row) })} onClick={() => remove(row)}>
                        {t("common:actions.delete")}
                      </Button>
                    </Space>
                  ),
                },
              ]
            : []),
        ]}
      />
      <FormDialog<Values>
        key={editing?.macro?.id ?? "new"}
        title={editing?.macro ? t("settings:editNamed", { name: title(editing.macro) }) : t("settings:macros.add")}
        open={editing !== null}
        initial={editing?.macro ?? {}}
        submitText={t("common:actions.save")}
        onSubmit={save}
        onClose={() => setEditing(null)}
        width={640}
      >
        <Tabs items={[inLanguage("zh"), inLanguage("en")]} />
        <div className="st-two">
          <Form.Item name="intent" label={t("settings:grants.intent")} extra={t("settings:macros.intentHint")}>
            <Select allowClear showSearch={{ optionFilterProp: "label" }} placeholder={t("settings:macros.anyIntent")} options={intents.options.map(({ value, label }) => ({ value, label }))} />
          </Form.Item>
          <Form.Item name="shop_id" label={t("settings:shop")}>
            <Select allowClear placeholder={t("settings:allShops")} options={(shops.data ?? []).map((shop) => ({ value: shop.id, label: shop.name }))} />
          </Form.Item>
        </div>
      </FormDialog>
    </Section>
  );
}
