import { PlusOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Select, Space, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, idempotencyKey, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { EmptyState, ErrorState, useErrorText } from "@/components/states";
import { ChannelDialog, fromForm, type ChannelEditing } from "./ChannelDialog";
import { EmbedDialog } from "./EmbedDialog";
import { Section, ShownOnce } from "./parts";
import { Table } from "./Table";

type Account = Schemas["AccountOut"];
const ENDPOINT = (id: number) => `${location.origin}/api/v1/channels/webhook/${id}`;

/** A shop's connections: signed webhooks and the chat on its page. */
export function ChannelsSection() {
  const { t } = useTranslation(["settings", "common"]);
  const shops = api.useQuery("get", "/api/v1/shops");
  const [chosen, setChosen] = useState<number | null>(null);
  const shop = chosen ?? shops.data?.[0]?.id ?? 0;
  const path = { params: { path: { shop_id: shop } } };
  const accounts = api.useQuery("get", "/api/v1/shops/{shop_id}/channel-accounts", path, { enabled: shop > 0 });
  const { message, modal } = App.useApp();
  const text = useErrorText();
  const [editing, setEditing] = useState<ChannelEditing | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [embedding, setEmbedding] = useState<Account | null>(null);
  const read = async (account: Account) => {
    const { data, response } = await client.GET("/api/v1/channel-accounts/{account_id}", { params: { path: { account_id: account.id } } });
    return { account: data ?? account, etag: response.headers.get("etag") ?? "" };
  };
  const change = async (account: Account, body: Partial<Schemas["AccountChanges"]>, etag?: string) => {
    const version = etag ?? (await read(account)).etag;
    const { data } = await client.PATCH("/api/v1/channel-accounts/{account_id}", {
      params: { path: { account_id: account.id }, header: { "If-Match": version } },
      body: body as Schemas["AccountChanges"],
    });
    await invalidate("/api/v1/shops/{shop_id}/channel-accounts");
    return data;
  };
  const confirm = (title: string, content: string, okText: string, run: () => Promise<void>) =>
    modal.confirm({
      title,
      content,
      okText,
      okButtonProps: { danger: true },
      cancelText: t("common:actions.cancel"),
      onOk: () => run().catch((error: unknown) => void message.error(text(error))),
    });
  const rotate = (account: Account) =>
    confirm(t("settings:channels.rotateTitle", { name: account.name }), t("settings:channels.rotateHint"), t("settings:channels.rotate"), async () => {
      const made = await change(account, { new_secret: true });
      setSecret(made?.secret ?? null);
    });
  const setActive = (account: Account, active: boolean) => {
    const run = async () => {
      await change(account, { active });
      message.success(t("settings:saved"));
    };
    if (active) void run().catch((error: unknown) => message.error(text(error)));
    else confirm(t("settings:channels.offTitle", { name: account.name }), t("settings:channels.offHint"), t("settings:channels.off"), run);
  };
  const failed = shops.error ?? accounts.error;
  if (failed) return <ErrorState error={failed} onRetry={() => void accounts.refetch()} />;
  return (
    <Section
      title={t("settings:sections.channels")}
      hint={t("settings:channels.hint")}
      actions={
        <Space wrap>
          <Select
            aria-label={t("settings:shop")}
            value={shop || null}
            onChange={setChosen}
            style={{ minWidth: 160 }}
            options={(shops.data ?? []).map((one) => ({ value: one.id, label: one.name }))}
          />
          <Dropdown
            trigger={["click"]}
            disabled={shop === 0}
            menu={{
              items: (["web", "webhook"] as const).map((kind) => ({
                key: kind,
                label: t(`settings:channels.kind.${kind}`),
                onClick: () => setEditing({ kind, account: null, etag: "", key: idempotencyKey() }),
              })),
            }}
          >
            <Button type="primary" icon={<PlusOutlined />}>
              {t("settings:channels.add")}
            </Button>
          </Dropdown>
        </Space>
      }
    >
      <Table<Account>
        rowKey="id"
        loading={accounts.isPending}
        dataSource={accounts.data ?? []}
        pagination={false}
        locale={{ emptyText: <EmptyState title={t("settings:channels.none")} hint={t("settings:channels.noneHint")} /> }}
        columns={[
          {
            title: t("settings:channels.name"),
            key: "name",
            render: (_, row) => (
              <>
                {row.name} {!row.active && <Tag>{t("settings:inactive")}</Tag>}
              </>
            ),
          },
          { title: t("settings:channels.kindTitle"), key: "kind", render: (_, row) => (row.kind === "web" || row.kind === "webhook" ? t(`settings:channels.kind.${row.kind}`) : t("settings:channels.kind.import")) },
          {
            title: t("settings:channels.where"),
            key: "where",
            render: (_, row) =>
              row.kind === "webhook" ? (
                <div style={{ fontSize: 13 }}>
                  <div>
                    {t("settings:channels.in")} <code>{ENDPOINT(row.id)}</code>
                  </div>
                  <div>
                    {t("settings:channels.out")} {row.url === null ? t("settings:channels.noUrl") : <code>{row.url}</code>}
                  </div>
                </div>
              ) : row.kind === "web" ? (
                row.chat?.allowed_origins?.join(", ") || t("settings:channels.ownOnly")
              ) : (
                "–"
              ),
          },
          {
            title: <span className="visually-hidden">{t("common:actions.edit")}</span>,
            key: "actions",
            render: (_, row) =>
              (row.kind === "webhook" || row.kind === "web") && (
                <Space size={0}>
                  {row.kind === "web" && row.public_key !== null && (
                    <Button type="link" onClick={() => setEmbedding(row)}>
                      {t("settings:channels.embed")}
                    </Button>
                  )}
                  <Button
                    type="link"
                    aria-label={t("settings:editNamed", { name: row.name })}
                    onClick={() => void read(row).then(({ account, etag }) => setEditing({ kind: account.kind === "web" ? "web" : "webhook", account, etag, key: "" }))}
                  >
                    {t("common:actions.edit")}
                  </Button>
                  <Button type="link" danger onClick={() => rotate(row)}>
                    {t("settings:channels.rotate")}
                  </Button>
                  <Button type="link" danger={row.active} onClick={() => setActive(row, !row.active)}>
                    {t(row.active ? "settings:channels.off" : "settings:channels.on")}
                  </Button>
                </Space>
              ),
          },
        ]}
      />
      <ChannelDialog
        editing={editing}
        onClose={() => setEditing(null)}
        onSubmit={async (values) => {
          if (editing?.account) await change(editing.account, fromForm(editing.kind, values), editing.etag);
          else if (editing) {
            const { data } = await client.POST("/api/v1/shops/{shop_id}/channel-accounts", {
              params: { path: { shop_id: shop }, header: { "Idempotency-Key": editing.key } },
              body: { kind: editing.kind, name: values.name, ...fromForm(editing.kind, values) } as Schemas["AccountIn"],
            });
            setSecret(data?.secret ?? null);
          }
          await invalidate("/api/v1/shops/{shop_id}/channel-accounts");
        }}
      />
      <EmbedDialog account={embedding} onClose={() => setEmbedding(null)} />
      <ShownOnce title={t("settings:channels.secret")} secret={secret} onClose={() => setSecret(null)}>
        <p>{t("settings:channels.secretHint")}</p>
      </ShownOnce>
    </Section>
  );
}
