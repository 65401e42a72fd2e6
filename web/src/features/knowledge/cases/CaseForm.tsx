import { App, Button, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { useIntents } from "@/api/lookups";
import { etag } from "../states";
import { AUDIENCES, useAudienceText } from "../tags";
import type { Case } from "./useCases";

interface Fields {
  question: string;
  answer: string;
  intent: string | null;
  audience: string;
}

/** Changes a proposal; from then on its ticket no longer does. */
export function CaseForm({ found, onDone }: { found: Case; onDone: () => void }) {
  const { t } = useTranslation("knowledge");
  const common = useTranslation().t;
  const { message } = App.useApp();
  const errorText = useErrorText();
  const intents = useIntents();
  const audienceText = useAudienceText();
  const [form] = Form.useForm<Fields>();
  const change = api.useMutation("put", "/api/v1/cases/{case_id}");
  const save = (fields: Fields) =>
    change.mutate(
      { params: { path: { case_id: found.id }, header: etag(found.version) }, body: { ...fields, intent: fields.intent ?? "" } },
      {
        onSuccess: () => {
          void message.success(t("cases.done.saved"));
          void invalidate("/api/v1/cases");
          onDone();
        },
        onError: (error) => void message.error(errorText(error)),
      },
    );
  useShortcuts(t("keys.case"), [
    { keys: "mod+s", label: common("actions.save"), run: () => form.submit(), whileTyping: true },
    { keys: "Escape", label: common("actions.cancel"), run: onDone, whileTyping: true },
  ]);
  return (
    <Form<Fields> form={form} layout="vertical" initialValues={found} onFinish={save}>
      <Form.Item name="question" label={t("cases.question")} rules={[{ required: true, whitespace: true, message: t("cases.missing") }]}>
        <Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 8 }} maxLength={20000} />
      </Form.Item>
      <Form.Item name="answer" label={t("cases.answer")} extra={t("cases.placeholderHint")} rules={[{ required: true, whitespace: true, message: t("cases.missing") }]}>
        <Input.TextArea autoSize={{ minRows: 4, maxRows: 14 }} maxLength={20000} />
      </Form.Item>
      <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(180px, 1fr))", gap: "0 12px" }}>
        <Form.Item name="intent" label={t("cases.intent")}>
          <Select allowClear options={intents.options} showSearch={{ optionFilterProp: "label" }} />
        </Form.Item>
        <Form.Item name="audience" label={t("scope.audience")}>
          <Select options={AUDIENCES.map((one) => ({ value: one, label: audienceText(one) }))} />
        </Form.Item>
      </div>
      <div className="kn-bar">
        <Button type="primary" htmlType="submit" loading={change.isPending} title="Ctrl S">
          {common("actions.save")}
        </Button>
        <Button onClick={onDone}>{common("actions.cancel")}</Button>
      </div>
    </Form>
  );
}
