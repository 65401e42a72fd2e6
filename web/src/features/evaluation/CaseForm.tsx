import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { App, Button, Checkbox, Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, idempotencyKey } from "@/api/client";
import { useIntents, useShops } from "@/api/lookups";
import { invalidate } from "@/api/queries";
import { useMay } from "@/api/session";
import { useErrorDetail, useErrorText } from "@/components/states";
import { etag, EXPECTED, type EvalCase } from "./data";
import { DocumentLink } from "./DocumentLink";
import { SourcePicker } from "./SourcePicker";

interface Fields {
  question: string;
  language: "zh" | "en" | null;
  shop_id: number | null;
  intent: string | null;
  expected: "answer" | "hand_over" | "unknown";
  good_answer: string;
  dangerous: boolean;
}

const EMPTY: Fields = { question: "", language: null, shop_id: null, intent: null, expected: "answer", good_answer: "", dangerous: false };

/** What is known to be right about a question. Corrected, it counts in runs from now on. */
export function CaseForm({ found, onDone }: { found: EvalCase | null; onDone: (id: number) => void }) {
  const { t } = useTranslation(["evaluation", "common"]);
  const { message, modal } = App.useApp();
  const errorText = useErrorText();
  const errorDetail = useErrorDetail();
  const intents = useIntents();
  const shops = useShops();
  const may = useMay("knowledge:publish");
  const [form] = Form.useForm<Fields>();
  const [sources, setSources] = useState<readonly string[]>(found?.sources ?? []);
  const [picking, setPicking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [key] = useState(idempotencyKey);
  const attempt = async (run: () => Promise<number>) => {
    setBusy(true);
    try {
      const id = await run();
      await invalidate("/api/v1/evaluations");
      onDone(id);
    } catch (error) {
      message.error([errorText(error), errorDetail(error)].filter(Boolean).join(" "));
    } finally {
      setBusy(false);
    }
  };
  const save = (values: Fields) =>
    attempt(async () => {
      if (found === null) {
        const { data } = await client.POST("/api/v1/evaluations/cases", { params: { header: { "Idempotency-Key": key } }, body: { ...values, sources: [...sources] } });
        message.success(t("evaluation:cases.made"));
        return data?.id ?? 0;
      }
      const { question, intent, expected, good_answer, dangerous } = values;
      const body = { question, intent: intent ?? null, expected, good_answer, dangerous, sources: [...sources], ...(values.language ? { language: values.language } : {}), note: "" };
      await client.PATCH("/api/v1/evaluations/cases/{case_id}", { params: { path: { case_id: found.id }, header: etag(found.version) }, body });
      message.success(t("evaluation:cases.saved"));
      return found.id;
    });
  const retire = () =>
    found !== null &&
    void modal.confirm({
      title: t("evaluation:cases.retireAsk"),
      content: t("evaluation:cases.retireHint"),
      okText: t("evaluation:cases.retire"),
      cancelText: t("common:actions.cancel"),
      onOk: () =>
        attempt(async () => {
          await client.POST("/api/v1/evaluations/cases/{case_id}/retire", { params: { path: { case_id: found.id }, header: etag(found.version) } });
          return found.id;
        }),
    });
  const initial = found === null ? EMPTY : { ...found, intent: found.intent_by_person ? found.intent : null, language: found.language as "zh", expected: found.expected as "answer" };
  return (
    <Form<Fields> form={form} layout="vertical" requiredMark="optional" initialValues={initial} disabled={!may} onFinish={(values) => void save(values)}>
      <Form.Item name="question" label={t("evaluation:field.question")} rules={[{ required: true, whitespace: true, message: t("evaluation:required") }]}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={4000} />
      </Form.Item>
      <Form.Item name="expected" label={t("evaluation:field.expected")}>
        <Select options={EXPECTED.map((value) => ({ value, label: t(`evaluation:expected.${value}`) }))} />
      </Form.Item>
      <Form.Item label={t("evaluation:field.sources")} extra={t("evaluation:field.sourcesHint")}>
        <ul className="ev-sources">
          {sources.map((one) => (
            <li key={one}>
              <DocumentLink id={one} />
              {may && <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t("evaluation:field.removeSource")} onClick={() => setSources(sources.filter((other) => other !== one))} />}
            </li>
          ))}
        </ul>
        <Button size="small" icon={<PlusOutlined />} onClick={() => setPicking(true)}>
          {t("evaluation:field.addSource")}
        </Button>
      </Form.Item>
      <Form.Item name="good_answer" label={t("evaluation:field.answer")}>
        <Input.TextArea autoSize={{ minRows: 3, maxRows: 12 }} maxLength={8000} />
      </Form.Item>
      <div className="ev-two">
        <Form.Item name="intent" label={t("evaluation:field.intent")} extra={t("evaluation:field.intentHint")}>
          <Select allowClear showSearch={{ optionFilterProp: "label" }} options={[...intents.options]} />
        </Form.Item>
        <Form.Item name="language" label={t("evaluation:field.language")}>
          <Select allowClear options={(["zh", "en"] as const).map((value) => ({ value, label: t(`common:languages.${value}`) }))} />
        </Form.Item>
      </div>
      {found === null && (
        <Form.Item name="shop_id" label={t("evaluation:field.shop")}>
          <Select allowClear placeholder={t("evaluation:field.allShops")} options={shops.options} />
        </Form.Item>
      )}
      <Form.Item name="dangerous" valuePropName="checked">
        <Checkbox>{t("evaluation:field.dangerous")}</Checkbox>
      </Form.Item>
      {may && (
        <div className="ev-bar">
          <Button type="primary" htmlType="submit" loading={busy}>
            {t("common:actions.save")}
          </Button>
          {found !== null && found.status !== "retired" && (
            <Button danger onClick={retire} disabled={busy}>
              {t("evaluation:cases.retire")}
            </Button>
          )}
        </div>
      )}
      {picking && (
        <SourcePicker
          question={String(form.getFieldValue("question") ?? "")}
          shopId={found?.shop_id ?? null}
          onClose={() => setPicking(false)}
          onPick={(one) => {
            setSources([...new Set([...sources, one])]);
            setPicking(false);
          }}
        />
      )}
    </Form>
  );
}
