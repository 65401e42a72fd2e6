import { InboxOutlined } from "@ant-design/icons";
import { Alert, Checkbox, Form, Select, theme, Upload } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, idempotencyKey } from "@/api/client";
import { useErrorText } from "@/components/states";
import { useShops } from "@/api/lookups";
import { type Choices, type Inspected, type Kind, RECORD_KINDS } from "./choices";

const MAX_BYTES = 20_000_000;
const TABLES = ".csv,.tsv,.txt,.xlsx,.jsonl,.ndjson";

interface Props {
  kind: Kind;
  fixed: boolean;
  shop: string;
  choices: Choices;
  onKind: (kind: Kind) => void;
  onShop: (code: string) => void;
  onChoices: (choices: Choices) => void;
  onFile: (found: Inspected) => void;
}

/** What the file holds and whose it is, then the file itself: it is read at once, and nothing is written. */
export function FileStep({ kind, fixed, shop, choices, onKind, onShop, onChoices, onFile }: Props) {
  const { t } = useTranslation(["imports", "common"]);
  const { token } = theme.useToken();
  const errorText = useErrorText();
  const { shops } = useShops();
  const [reading, setReading] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [shopMissing, setShopMissing] = useState(false);
  const articles = kind === "articles";
  const code = shop || (shops.length === 1 && !articles ? (shops[0]?.code ?? "") : "");

  const send = async (file: File) => {
    setFailure(null);
    setShopMissing(false);
    if (!articles && code === "") return setShopMissing(true);
    if (file.size > MAX_BYTES) return setFailure(t("file.tooLarge"));
    setReading(file.name);
    try {
      const answer = await client.POST("/api/v1/imports/uploads", {
        body: { file: file as unknown as string, kind, shop: code },
        bodySerializer: () => {
          const form = new FormData();
          form.set("kind", kind);
          form.set("shop", code);
          form.set("file", file, file.name);
          return form;
        },
        headers: { "Idempotency-Key": idempotencyKey() },
      });
      if (answer.data) onFile(answer.data);
    } catch (error) {
      setFailure(errorText(error));
    } finally {
      setReading(null);
    }
  };
  return (
    <Form layout="vertical" requiredMark={false}>
      <div className="c360-two">
        {!fixed && (
          <Form.Item label={t("file.kind")} htmlFor="import-kind" extra={t("order")}>
            <Select id="import-kind" value={kind} onChange={onKind} options={RECORD_KINDS.map((one) => ({ value: one, label: t(`kind.${one}`) }))} />
          </Form.Item>
        )}
        <Form.Item label={t("file.shop")} htmlFor="import-shop" {...(shopMissing && code === "" && { validateStatus: "error" as const, help: t("file.shopFirst") })}>
          <Select
            id="import-shop"
            value={code || (articles ? "" : undefined)}
            onChange={onShop}
            placeholder={t("file.shopMissing")}
            options={[...(articles ? [{ value: "", label: t("file.allShops") }] : []), ...shops.map((one) => ({ value: one.code, label: one.name }))]}
          />
        </Form.Item>
        {articles && (
          <Form.Item label={t("file.audience")} htmlFor="import-audience">
            <Select
              id="import-audience"
              value={choices.audience ?? ""}
              onChange={(value) => onChoices({ ...choices, audience: value === "public" || value === "internal" ? value : null })}
              options={[
                { value: "", label: t("file.asWritten") },
                { value: "public", label: t("common:audience.public") },
                { value: "internal", label: t("common:audience.internal") },
              ]}
            />
          </Form.Item>
        )}
      </div>
      {articles && (
        <Form.Item>
          <Checkbox checked={choices.draft} onChange={(event) => onChoices({ ...choices, draft: event.target.checked })}>
            {t("file.draft")}
          </Checkbox>
        </Form.Item>
      )}
      <Upload.Dragger
        accept={articles ? `${TABLES},.md,.markdown,.mdx,.html,.htm,.zip` : TABLES}
        showUploadList={false}
        disabled={reading !== null}
        beforeUpload={(file) => {
          void send(file);
          return false;
        }}
      >
        <div style={{ padding: "20px 0" }}>
          <InboxOutlined style={{ fontSize: 32, color: token.colorPrimary }} aria-hidden />
          <div style={{ fontSize: 15, marginTop: 6 }}>{reading === null ? t("file.drop") : t("file.reading", { name: reading })}</div>
          <div style={{ color: token.colorTextTertiary }}>{t(articles ? "file.typesArticles" : "file.types")}</div>
        </div>
      </Upload.Dragger>
      {failure !== null && <Alert type="error" showIcon title={t("file.refused")} description={failure} style={{ marginTop: 12 }} />}
    </Form>
  );
}
