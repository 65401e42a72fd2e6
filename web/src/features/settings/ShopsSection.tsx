import { PlusOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, Select, Switch, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, idempotencyKey, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useMay } from "@/api/session";
import { EmptyState, ErrorState } from "@/components/states";
import { GateField } from "./GateField";
import { HoursField, useHoursText } from "./HoursField";
import { FormDialog, Section } from "./parts";
import { Table } from "./Table";

type Shop = Schemas["ShopOut"];
type Values = Schemas["ShopIn"] & { active: boolean };
interface Editing {
  shop: Shop | null;
  etag: string;
  key: string;
}

const ZONES = Intl.supportedValuesOf("timeZone").map((zone) => ({ value: zone, label: zone }));
const CURRENCIES = ["CNY", "USD", "EUR", "GBP", "JPY", "HKD", "SGD", "KRW", "AUD", "CAD", "TWD", "THB"].map((code) => ({ value: code, label: code }));

export function ShopsSection() {
  const { t } = useTranslation(["settings", "common"]);
  const shops = api.useQuery("get", "/api/v1/shops");
  const may = useMay("settings:write");
  const hours = useHoursText();
  const { message } = App.useApp();
  const [editing, setEditing] = useState<Editing | null>(null);
  const edit = async (shop: Shop) => {
    // what is there now, with the version that the change will name
    const { data, response } = await client.GET("/api/v1/shops/{shop_id}", { params: { path: { shop_id: shop.id } } });
    setEditing({ shop: (data as Shop | undefined) ?? shop, etag: response.headers.get("etag") ?? "", key: "" });
  };
  const save = async (values: Values) => {
    if (!editing) return;
    const { code, active, ...rest } = values;
    if (editing.shop)
      await client.PATCH("/api/v1/shops/{shop_id}", {
        params: { path: { shop_id: editing.shop.id }, header: { "If-Match": editing.etag } },
        body: { ...rest, active },
      });
    else await client.POST("/api/v1/shops", { params: { header: { "Idempotency-Key": editing.key } }, body: { code, ...rest } });
    message.success(t("settings:saved"));
    await invalidate("/api/v1/shops");
  };
  if (shops.error) return <ErrorState error={shops.error} onRetry={() => void shops.refetch()} />;
  return (
    <Section
      title={t("settings:sections.shops")}
      hint={t("settings:shops.hint")}
      actions={
        may && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing({ shop: null, etag: "", key: idempotencyKey() })}>
            {t("settings:shops.add")}
          </Button>
        )
      }
    >
      <Table<Shop>
        rowKey="id"
        loading={shops.isPending}
        dataSource={(shops.data ?? []) as Shop[]}
        pagination={false}
        locale={{ emptyText: <EmptyState title={t("settings:shops.none")} hint={t("settings:shops.noneHint")} /> }}
        columns={[
          {
            title: t("settings:shops.name"),
            key: "name",
            render: (_, shop) => (
              <>
                {shop.name} {!shop.active && <Tag>{t("settings:inactive")}</Tag>}
              </>
            ),
          },
          { title: t("settings:shops.code"), dataIndex: "code", render: (code: string) => <code>{code}</code> },
          { title: t("settings:shops.platform"), dataIndex: "platform" },
          { title: t("settings:shops.currency"), dataIndex: "currency" },
          { title: t("settings:shops.zone"), dataIndex: "timezone" },
          { title: t("settings:shops.hours"), key: "hours", render: (_, shop) => hours(shop.business_hours as Record<string, string[]>) },
          { title: t("settings:shops.gate"), dataIndex: "publish_gate", render: (gate: Shop["publish_gate"]) => t(`settings:shops.gates.${gate}`) },
          ...(may
            ? [
                {
                  title: <span className="visually-hidden">{t("common:actions.edit")}</span>,
                  key: "edit",
                  render: (_: unknown, shop: Shop) => (
                    <Button type="link" aria-label={t("settings:editNamed", { name: shop.name })} onClick={() => void edit(shop)}>
                      {t("common:actions.edit")}
                    </Button>
                  ),
                },
              ]
            : []),
        ]}
      />
      <FormDialog<Values>
        key={editing?.shop?.id ?? "new"}
        title={editing?.shop ? t("settings:shops.change", { name: editing.shop.name }) : t("settings:shops.add")}
        open={editing !== null}
        initial={
          editing?.shop
            ? (editing.shop as Values)
            : { platform: "web", currency: "CNY", timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, language: "zh", business_hours: {}, active: true }
        }
        submitText={t("common:actions.save")}
        onSubmit={save}
        onClose={() => setEditing(null)}
        width={640}
      >
        <div className="st-two">
          <Form.Item name="name" label={t("settings:shops.name")} rules={[{ required: true, message: t("settings:required") }]}>
            <Input maxLength={128} />
          </Form.Item>
          <Form.Item
            name="code"
            label={t("settings:shops.code")}
            extra={t("settings:shops.codeHint")}
            rules={[{ required: true, pattern: /^[a-z0-9][a-z0-9_-]*$/, message: t("settings:shops.codeRule") }]}
          >
            <Input maxLength={32} disabled={editing?.shop !== null} />
          </Form.Item>
          <Form.Item name="platform" label={t("settings:shops.platform")} extra={t("settings:shops.platformHint")} rules={[{ required: true, message: t("settings:required") }]}>
            <Input maxLength={32} />
          </Form.Item>
          <Form.Item name="currency" label={t("settings:shops.currency")} rules={[{ required: true, message: t("settings:required") }]}>
            <Select showSearch options={CURRENCIES} />
          </Form.Item>
          <Form.Item name="timezone" label={t("settings:shops.zone")} rules={[{ required: true, message: t("settings:required") }]}>
            <Select showSearch options={ZONES} />
          </Form.Item>
          <Form.Item name="language" label={t("settings:shops.language")}>
            <Select options={(["zh", "en"] as const).map((value) => ({ value, label: t(`common:languages.${value}`) }))} />
          </Form.Item>
        </div>
        <Form.Item name="business_hours" label={t("settings:shops.hours")} extra={t("settings:shops.hoursHint")}>
          <HoursField />
        </Form.Item>
        {editing?.shop && (
          <Form.Item name="publish_gate" label={t("settings:shops.gate")} extra={t("settings:shops.gateHint")}>
            <GateField />
          </Form.Item>
        )}
        {editing?.shop && (
          <Form.Item name="active" label={t("settings:active")} valuePropName="checked" extra={t("settings:shops.activeHint")}>
            <Switch />
          </Form.Item>
        )}
      </FormDialog>
    </Section>
  );
}
