import { PlusOutlined } from "@ant-design/icons";
import { Alert, App, Button, DatePicker, Form, Input, InputNumber, Select, Tag } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, idempotencyKey, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useMay } from "@/api/session";
import { useFormats } from "@/components/format";
import { EmptyState, ErrorState, useErrorText } from "@/components/states";
import { FormDialog, Section } from "./parts";
import { Table } from "./Table";
import { useIntents } from "./intents";

type Grant = Schemas["GrantOut"];
interface Values {
  shop_id: number;
  intent: string;
  min_confidence: number;
  expires_at: Dayjs;
  reason: string;
}

/** What the bot may answer by itself: who allowed it, until when, and what came of it. */
export function GrantsSection() {
  const { t } = useTranslation(["settings", "common"]);
  const { time, number, percent } = useFormats();
  const intents = useIntents();
  const may = useMay("grants:write");
  const mayRead = useMay("insights:all");
  const grants = api.useQuery("get", "/api/v1/grants");
  const deeds = api.useQuery("get", "/api/v1/insights/grants", {}, { enabled: mayRead });
  const shops = api.useQuery("get", "/api/v1/shops");
  const staff = api.useQuery("get", "/api/v1/staff");
  const { message, modal } = App.useApp();
  const text = useErrorText();
  const [creating, setCreating] = useState<string | null>(null);
  const [opened] = useState(() => Date.now());
  const shopName = (id: number) => shops.data?.find((shop) => shop.id === id)?.name ?? `#${id}`;
  const state = (grant: Grant) => (grant.revoked_at !== null ? "revoked" : Date.parse(grant.expires_at) < opened ? "ended" : "inForce");
  const create = async (values: Values) => {
    await client.POST("/api/v1/grants", {
      params: { header: { "Idempotency-Key": creating } },
      body: { ...values, expires_at: values.expires_at.toISOString() },
    });
    message.success(t("settings:grants.made"));
    await invalidate("/api/v1/grants");
  };
  const revoke = (grant: Grant) => {
    modal.confirm({
      title: t("settings:grants.revokeTitle", { intent: intents.name(grant.intent), shop: shopName(grant.shop_id) }),
      content: t("settings:grants.revokeHint"),
      okText: t("settings:grants.revoke"),
      okButtonProps: { danger: true },
      cancelText: t("common:actions.cancel"),
      onOk: async () => {
        try {
          await client.POST("/api/v1/grants/{grant_id}/revoke", { params: { path: { grant_id: grant.id } } });
          message.success(t("settings:grants.revokedNow"));
          await invalidate("/api/v1/grants");
        } catch (error) {
          message.error(text(error));
        }
      },
    });
  };
  if (grants.error) return <ErrorState error={grants.error} onRetry={() => void grants.refetch()} />;
  return (
    <Section
      title={t("settings:sections.grants")}
      hint={t("settings:grants.hint")}
      actions={
        may && (
          <Button type="primary" icon={<PlusOutlined />} disabled={!shops.data} onClick={() => setCreating(idempotencyKey())}>
            {t("settings:grants.add")}
          </Button>
        )
      }
    >
      <Table<Grant>
        rowKey="id"
        loading={grants.isPending}
        dataSource={grants.data ?? []}
        pagination={false}
        locale={{ emptyText: <EmptyState title={t("settings:grants.none")} hint={t("settings:grants.noneHint")} /> }}
        columns={[
          { title: t("settings:shop"), key: "shop", render: (_, row) => shopName(row.shop_id) },
          { title: t("settings:grants.intent"), key: "intent", render: (_, row) => intents.name(row.intent) },
          { title: t("settings:grants.least"), key: "least", render: (_, row) => number(row.min_confidence, 2) },
          {
            title: t("settings:grants.by"),
            key: "by",
            render: (_, row) => (
              <div style={{ maxWidth: 260, whiteSpace: "normal" }}>
                {staff.data?.find((one) => one.id === row.author_id)?.display_name ?? `#${row.author_id}`}
                <div style={{ fontSize: 12, opacity: 0.85 }}>{row.reason}</div>
              </div>
            ),
          },
          { title: t("settings:grants.until"), key: "until", render: (_, row) => time(row.expires_at) },
          {
            title: t("settings:grants.did"),
            key: "did",
            render: (_, row) => {
              const found = deeds.data?.find((one) => one.grant_id === row.id);
              if (!found) return t("settings:grants.nothing");
              return (
                <div style={{ fontSize: 12 }}>
                  {t("settings:grants.sent", { n: found.sent })}
                  {found.last_sent_at !== null && ` · ${time(found.last_sent_at)}`}
                  <div>{t("settings:grants.after", { again: percent(found.wrote_again.value ?? 0), person: percent(found.person_replied.value ?? 0) })}</div>
                </div>
              );
            },
          },
          {
            title: t("settings:state"),
            key: "state",
            render: (_, row) => <Tag {...(state(row) === "inForce" ? { color: "success" } : {})}>{t(`settings:grants.${state(row)}`)}</Tag>,
          },
          ...(may
            ? [
                {
                  title: <span className="visually-hidden">{t("settings:grants.revoke")}</span>,
                  key: "actions",
                  render: (_: unknown, row: Grant) =>
                    state(row) === "inForce" && (
                      <Button type="link" danger aria-label={t("settings:grants.revokeNamed", { intent: intents.name(row.intent) })} onClick={() => revoke(row)}>
                        {t("settings:grants.revoke")}
                      </Button>
                    ),
                },
              ]
            : []),
        ]}
      />
      <FormDialog<Values>
        key={creating ?? "none"}
        title={t("settings:grants.add")}
        open={creating !== null}
        initial={{ min_confidence: 0.85, expires_at: dayjs().add(30, "day").endOf("day"), ...(shops.data?.[0] ? { shop_id: shops.data[0].id } : {}) }}
        submitText={t("settings:grants.create")}
        onSubmit={create}
        onClose={() => setCreating(null)}
      >
        <Alert type="warning" showIcon title={t("settings:grants.warning")} style={{ marginBottom: 12 }} />
        <Form.Item name="shop_id" label={t("settings:shop")} rules={[{ required: true, message: t("settings:required") }]}>
          <Select options={(shops.data ?? []).map((shop) => ({ value: shop.id, label: shop.name }))} />
        </Form.Item>
        <Form.Item name="intent" label={t("settings:grants.intent")} extra={t("settings:grants.intentHint")} rules={[{ required: true, message: t("settings:required") }]}>
          <Select showSearch={{ optionFilterProp: "label" }} options={intents.options.map((one) => ({ ...one, disabled: one.risk }))} />
        </Form.Item>
        <Form.Item name="min_confidence" label={t("settings:grants.least")} extra={t("settings:grants.leastHint")} rules={[{ required: true, message: t("settings:required") }]}>
          <InputNumber min={0.01} max={1} step={0.05} style={{ width: 140 }} />
        </Form.Item>
        <Form.Item name="expires_at" label={t("settings:grants.until")} extra={t("settings:grants.untilHint")} rules={[{ required: true, message: t("settings:required") }]}>
          <DatePicker showTime={{ format: "HH:mm" }} minDate={dayjs()} maxDate={dayjs().add(365, "day")} />
        </Form.Item>
        <Form.Item name="reason" label={t("settings:grants.reason")} rules={[{ required: true, whitespace: true, message: t("settings:required") }]}>
          <Input.TextArea autoSize={{ minRows: 2 }} maxLength={2000} />
        </Form.Item>
      </FormDialog>
    </Section>
  );
}
