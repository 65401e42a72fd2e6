import { PlusOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, InputNumber, Select, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, idempotencyKey, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useFormats } from "@/components/format";
import { EmptyState, ErrorState, useErrorText } from "@/components/states";
import { FormDialog, Section, ShownOnce } from "./parts";
import { Table } from "./Table";

type Token = Schemas["TokenOut"];
type Values = Schemas["TokenIn"];

/** What programs use to call the API: a role, perhaps some shops, perhaps an end. */
export function TokensSection() {
  const { t } = useTranslation(["settings", "common"]);
  const { date } = useFormats();
  const tokens = api.useQuery("get", "/api/v1/tokens");
  const shops = api.useQuery("get", "/api/v1/shops");
  const staff = api.useQuery("get", "/api/v1/staff");
  const { message, modal } = App.useApp();
  const text = useErrorText();
  const [creating, setCreating] = useState<string | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [opened] = useState(() => Date.now());
  const state = (token: Token) =>
    token.revoked_at !== null ? "revoked" : token.expires_at !== null && Date.parse(token.expires_at) < opened ? "ended" : "valid";
  const create = async (values: Values) => {
    const { data } = await client.POST("/api/v1/tokens", {
      params: { header: { "Idempotency-Key": creating } },
      body: { ...values, shop_ids: values.shop_ids?.length ? values.shop_ids : null, days: values.days ?? null },
    });
    await invalidate("/api/v1/tokens");
    setSecret(data?.token ?? null);
  };
  const revoke = (token: Token) => {
    modal.confirm({
      title: t("settings:tokens.revokeTitle", { name: token.name }),
      content: t("settings:tokens.revokeHint"),
      okText: t("settings:tokens.revoke"),
      okButtonProps: { danger: true },
      cancelText: t("common:actions.cancel"),
      onOk: async () => {
        try {
          await client.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: token.id } } });
          message.success(t("settings:tokens.revoked"));
          await invalidate("/api/v1/tokens");
        } catch (error) {
          message.error(text(error));
        }
      },
    });
  };
  if (tokens.error) return <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />;
  return (
    <Section
      title={t("settings:sections.tokens")}
      hint={t("settings:tokens.hint")}
      actions={
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(idempotencyKey())}>
          {t("settings:tokens.add")}
        </Button>
      }
    >
      <Table<Token>
        rowKey="id"
        loading={tokens.isPending}
        dataSource={tokens.data ?? []}
        pagination={false}
        locale={{ emptyText: <EmptyState title={t("settings:tokens.none")} hint={t("settings:tokens.noneHint")} /> }}
        columns={[
          { title: t("settings:tokens.name"), dataIndex: "name" },
          { title: t("settings:staff.role"), key: "role", render: (_, row) => t(`common:role.${row.role}`) },
          {
            title: t("settings:staff.shops"),
            key: "shops",
            render: (_, row) => row.shop_ids?.map((id) => shops.data?.find((shop) => shop.id === id)?.name ?? `#${id}`).join("、") ?? t("settings:allShops"),
          },
          { title: t("settings:tokens.by"), key: "by", render: (_, row) => staff.data?.find((one) => one.id === row.created_by)?.display_name ?? `#${row.created_by}` },
          { title: t("settings:tokens.made"), key: "made", render: (_, row) => date(row.created_at) },
          { title: t("settings:tokens.ends"), key: "ends", render: (_, row) => (row.expires_at === null ? t("settings:tokens.never") : date(row.expires_at)) },
          {
            title: t("settings:state"),
            key: "state",
            render: (_, row) => <Tag {...(state(row) === "valid" ? { color: "success" } : {})}>{t(`settings:tokens.${state(row)}`)}</Tag>,
          },
          {
            title: <span className="visually-hidden">{t("settings:tokens.revoke")}</span>,
            key: "actions",
            render: (_, row) =>
              state(row) === "valid" && (
                <Button type="link" danger aria-label={t("settings:tokens.revokeTitle", { name: row.name })} onClick={() => revoke(row)}>
                  {t("settings:tokens.revoke")}
                </Button>
              ),
          },
        ]}
      />
      <FormDialog<Values>
        key={creating ?? "none"}
        title={t("settings:tokens.add")}
        open={creating !== null}
        initial={{ role: "agent", days: 90 }}
        submitText={t("settings:tokens.create")}
        onSubmit={create}
        onClose={() => setCreating(null)}
      >
        <Form.Item name="name" label={t("settings:tokens.name")} extra={t("settings:tokens.nameHint")} rules={[{ required: true, message: t("settings:required") }]}>
          <Input maxLength={64} />
        </Form.Item>
        <Form.Item name="role" label={t("settings:staff.role")} extra={t("settings:tokens.roleHint")}>
          <Select options={(["agent", "editor", "supervisor", "admin"] as const).map((value) => ({ value, label: t(`common:role.${value}`) }))} />
        </Form.Item>
        <Form.Item name="shop_ids" label={t("settings:staff.shops")} extra={t("settings:staff.shopsHint")}>
          <Select mode="multiple" showSearch={{ optionFilterProp: "label" }} placeholder={t("settings:allShops")} options={(shops.data ?? []).map((shop) => ({ value: shop.id, label: shop.name }))} />
        </Form.Item>
        <Form.Item name="days" label={t("settings:tokens.days")} extra={t("settings:tokens.daysHint")}>
          <InputNumber min={1} max={3660} style={{ width: 140 }} />
        </Form.Item>
      </FormDialog>
      <ShownOnce title={t("settings:tokens.shown")} secret={secret} onClose={() => setSecret(null)} />
    </Section>
  );
}
