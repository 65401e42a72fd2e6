import { Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { FormDialog } from "./parts";

export interface ChannelEditing {
  kind: "web" | "webhook";
  account: Schemas["AccountOut"] | null;
  etag: string;
  key: string;
}

export interface ChannelValues {
  name: string;
  url?: string;
  allowed_origins?: string[];
  greeting_zh?: string;
  greeting_en?: string;
  replies_zh?: string[];
  replies_en?: string[];
}

/** Texts by language, without the languages that have none. */
function byLanguage<T extends { length: number }>(zh: T | undefined, en: T | undefined): Record<string, T> {
  return { ...(zh?.length ? { zh } : {}), ...(en?.length ? { en } : {}) };
}

/** What the server takes. */
export function fromForm(kind: ChannelEditing["kind"], values: ChannelValues): Partial<Schemas["AccountChanges"]> {
  if (kind === "webhook") return { url: values.url ? values.url : null };
  return {
    chat: {
      allowed_origins: values.allowed_origins ?? [],
      greeting: byLanguage(values.greeting_zh, values.greeting_en),
      quick_replies: byLanguage(values.replies_zh, values.replies_en),
    },
  };
}

function toForm(account: Schemas["AccountOut"] | null): Partial<ChannelValues> {
  if (account === null) return { name: "" };
  const { chat } = account;
  return {
    name: account.name,
    url: account.url ?? "",
    allowed_origins: chat?.allowed_origins ?? [],
    greeting_zh: chat?.greeting?.zh ?? "",
    greeting_en: chat?.greeting?.en ?? "",
    replies_zh: chat?.quick_replies?.zh ?? [],
    replies_en: chat?.quick_replies?.en ?? [],
  };
}

/** Makes or changes a webhook or a chat. */
export function ChannelDialog({ editing, onSubmit, onClose }: { editing: ChannelEditing | null; onSubmit: (values: ChannelValues) => Promise<void>; onClose: () => void }) {
  const { t } = useTranslation(["settings", "common"]);
  const kind = editing?.kind ?? "web";
  const origin = { pattern: /^https?:\/\/[^/\s]+$/, message: t("settings:channels.originRule") };
  return (
    <FormDialog<ChannelValues>
      key={`${kind}-${editing?.account?.id ?? "new"}`}
      title={editing?.account ? t("settings:editNamed", { name: editing.account.name }) : t(`settings:channels.kind.${kind}`)}
      open={editing !== null}
      initial={toForm(editing?.account ?? null)}
      submitText={t("common:actions.save")}
      onSubmit={onSubmit}
      onClose={onClose}
      width={600}
    >
      <Form.Item name="name" label={t("settings:channels.name")} rules={[{ required: true, message: t("settings:required") }]}>
        <Input maxLength={64} disabled={editing?.account !== null} />
      </Form.Item>
      {kind === "webhook" ? (
        <Form.Item name="url" label={t("settings:channels.url")} extra={t("settings:channels.urlHint")} rules={[{ type: "url", message: t("settings:channels.urlRule") }]}>
          <Input maxLength={2000} placeholder="https://…" />
        </Form.Item>
      ) : (
        <>
          <Form.Item
            name="allowed_origins"
            label={t("settings:channels.origins")}
            extra={t("settings:channels.originsHint")}
            rules={[
              {
                validator: (_, origins: string[] | undefined) =>
                  (origins ?? []).every((one) => origin.pattern.test(one)) ? Promise.resolve() : Promise.reject(new Error(origin.message)),
              },
            ]}
          >
            <Select mode="tags" tokenSeparators={[",", " "]} open={false} suffixIcon={null} placeholder="https://shop.example" />
          </Form.Item>
          <div className="st-two">
            <Form.Item name="greeting_zh" label={t("settings:channels.greeting", { language: t("common:languages.zh") })}>
              <Input.TextArea autoSize={{ minRows: 2 }} maxLength={500} />
            </Form.Item>
            <Form.Item name="greeting_en" label={t("settings:channels.greeting", { language: t("common:languages.en") })}>
              <Input.TextArea autoSize={{ minRows: 2 }} maxLength={500} />
            </Form.Item>
            <Form.Item name="replies_zh" label={t("settings:channels.replies", { language: t("common:languages.zh") })} extra={t("settings:channels.repliesHint")}>
              <Select mode="tags" open={false} suffixIcon={null} />
            </Form.Item>
            <Form.Item name="replies_en" label={t("settings:channels.replies", { language: t("common:languages.en") })}>
              <Select mode="tags" open={false} suffixIcon={null} />
            </Form.Item>
          </div>
        </>
      )}
    </FormDialog>
  );
}
