import { PlusOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, Select, Space, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, idempotencyKey, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useSignedIn } from "@/api/session";
import { ErrorState, useErrorText } from "@/components/states";
import { FormDialog, Section } from "./parts";
import { Table } from "./Table";

type Staff = Schemas["StaffOut"];
type Values = Schemas["StaffIn"];
const ROLES = ["agent", "editor", "supervisor", "admin"] as const;

export function StaffSection() {
  const { t, i18n } = useTranslation(["settings", "common"]);
  const me = useSignedIn();
  const staff = api.useQuery("get", "/api/v1/staff");
  const shops = api.useQuery("get", "/api/v1/shops");
  const { message, modal } = App.useApp();
  const text = useErrorText();
  const [editing, setEditing] = useState<{ staff: Staff | null; key: string } | null>(null);
  const [resetting, setResetting] = useState<Staff | null>(null);
  const shopName = (id: number) => shops.data?.find((shop) => shop.id === id)?.name ?? `#${id}`;
  const done = async () => {
    message.success(t("settings:saved"));
    await invalidate("/api/v1/staff");
  };
  const change = (row: Staff, body: Schemas["StaffChanges"]) =>
    client.PATCH("/api/v1/staff/{staff_id}", {
      params: { path: { staff_id: row.id }, header: { "If-Match": `"${row.version}"` } },
      body,
    });
  const save = async ({ username, password, ...rest }: Values) => {
    if (editing?.staff) await change(editing.staff, rest);
    else
      await client.POST("/api/v1/staff", {
        params: { header: { "Idempotency-Key": editing?.key ?? null } },
        body: { ...rest, username, password: password || null },
      });
    await done();
  };
  const setActive = (row: Staff, active: boolean) => {
    modal.confirm({
      title: t(active ? "settings:staff.activate" : "settings:staff.deactivate", { name: row.display_name }),
      content: t(active ? "settings:staff.activateHint" : "settings:staff.deactivateHint"),
      okText: t(active ? "settings:staff.activateOk" : "settings:staff.deactivateOk"),
      cancelText: t("common:actions.cancel"),
      okButtonProps: { danger: !active },
      onOk: async () => {
        try {
          await change(row, { active });
          await done();
        } catch (error) {
          message.error(text(error));
        }
      },
    });
  };
  if (staff.error) return <ErrorState error={staff.error} onRetry={() => void staff.refetch()} />;
  const initial: Partial<Values> = editing?.staff
    ? { ...editing.staff, language: editing.staff.language === "en" ? "en" : "zh", shop_ids: editing.staff.shops }
    : { role: "agent", language: i18n.language === "en" ? "en" : "zh", shop_ids: [] };
  return (
    <Section
      title={t("settings:sections.staff")}
      hint={t("settings:staff.hint")}
      actions={
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing({ staff: null, key: idempotencyKey() })}>
          {t("settings:staff.add")}
        </Button>
      }
    >
      <Table<Staff>
        rowKey="id"
        loading={staff.isPending}
        dataSource={staff.data ?? []}
        pagination={false}
        columns={[
          {
            title: t("settings:staff.name"),
            key: "name",
            render: (_, row) => (
              <>
                {row.display_name} <code>{row.username}</code> {!row.active && <Tag>{t("settings:inactive")}</Tag>}
              </>
            ),
          },
          { title: t("settings:staff.role"), key: "role", render: (_, row) => t(`common:role.${row.role}`) },
          {
            title: t("settings:staff.shops"),
            key: "shops",
            render: (_, row) => (row.shops.length === 0 ? t("settings:allShops") : row.shops.map(shopName).join("、")),
          },
          { title: t("settings:staff.email"), dataIndex: "email", render: (email: string | null) => email ?? "–" },
          {
            title: <span className="visually-hidden">{t("common:actions.edit")}</span>,
            key: "actions",
            render: (_, row) => (
              <Space size={0}>
                <Button type="link" aria-label={t("settings:editNamed", { name: row.display_name })} onClick={() => setEditing({ staff: row, key: "" })}>
                  {t("common:actions.edit")}
                </Button>
                <Button type="link" onClick={() => setResetting(row)}>
                  {t("settings:staff.reset")}
                </Button>
                {row.id !== me.id && (
                  <Button type="link" danger={row.active} onClick={() => setActive(row, !row.active)}>
                    {t(row.active ? "settings:staff.deactivateOk" : "settings:staff.activateOk")}
                  </Button>
                )}
              </Space>
            ),
          },
        ]}
      />
      <FormDialog<Values>
        key={editing?.staff?.id ?? "new"}
        title={editing?.staff ? t("settings:staff.change", { name: editing.staff.display_name }) : t("settings:staff.add")}
        open={editing !== null}
        initial={initial}
        submitText={t("common:actions.save")}
        onSubmit={save}
        onClose={() => setEditing(null)}
      >
        <Form.Item name="username" label={t("settings:staff.username")} rules={[{ required: true, message: t("settings:required") }]}>
          <Input maxLength={64} autoComplete="off" disabled={editing?.staff !== null} />
        </Form.Item>
        <Form.Item name="display_name" label={t("settings:staff.displayName")} extra={t("settings:staff.displayNameHint")} rules={[{ required: true, message: t("settings:required") }]}>
          <Input maxLength={128} />
        </Form.Item>
        <Form.Item name="role" label={t("settings:staff.role")} extra={t("settings:staff.roleHint")}>
          <Select options={ROLES.map((value) => ({ value, label: t(`common:role.${value}`) }))} />
        </Form.Item>
        <Form.Item name="shop_ids" label={t("settings:staff.shops")} extra={t("settings:staff.shopsHint")}>
          <Select mode="multiple" showSearch={{ optionFilterProp: "label" }} placeholder={t("settings:allShops")} options={(shops.data ?? []).map((shop) => ({ value: shop.id, label: shop.name }))} />
        </Form.Item>
        <Form.Item name="email" label={t("settings:staff.email")} rules={[{ type: "email", message: t("settings:staff.emailRule") }]}>
          <Input maxLength={255} type="email" />
        </Form.Item>
        <Form.Item name="language" label={t("settings:staff.language")}>
          <Select options={(["zh", "en"] as const).map((value) => ({ value, label: t(`common:languages.${value}`) }))} />
        </Form.Item>
        {editing?.staff === null && (
          <Form.Item name="password" label={t("settings:staff.password")} extra={t("settings:staff.passwordHint")} rules={[{ min: 10, max: 256, message: t("settings:profile.length") }]}>
            <Input.Password autoComplete="new-password" />
          </Form.Item>
        )}
      </FormDialog>
      <FormDialog<{ password: string }>
        key={`reset-${resetting?.id ?? 0}`}
        title={t("settings:staff.resetTitle", { name: resetting?.display_name ?? "" })}
        open={resetting !== null}
        initial={{}}
        submitText={t("settings:staff.resetOk")}
        onSubmit={async ({ password }) => {
          await client.PUT("/api/v1/staff/{staff_id}/password", { params: { path: { staff_id: resetting?.id ?? 0 } }, body: { password } });
          message.success(t("settings:staff.resetDone", { name: resetting?.display_name ?? "" }));
        }}
        onClose={() => setResetting(null)}
      >
        <Form.Item name="password" label={t("settings:profile.new")} extra={t("settings:staff.resetHint")} rules={[{ required: true, min: 10, max: 256, message: t("settings:profile.length") }]}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </FormDialog>
    </Section>
  );
}
