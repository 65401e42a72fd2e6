import { Alert, App, Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { client, idempotencyKey, Problem, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";
import { useShops } from "@/api/lookups";
import { ProfileFields, type Profile } from "./ProfileFields";

interface Values extends Profile {
  shop_id?: number;
  external_id?: string;
  tags?: string[];
}

interface Known {
  id: number;
  name: string;
  field: string;
}

/** Writes a customer down, or changes one; somebody with the same phone or e-mail is shown before there are two. */
export function CustomerForm({ customer, onClose, onSaved }: { customer?: Schemas["CustomerDetailOut"]; onClose: () => void; onSaved: (id: number) => void }) {
  const { t } = useTranslation(["customers", "common"]);
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [form] = Form.useForm<Values>();
  const shops = useShops();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [known, setKnown] = useState<Known | null>(null);

  const save = async (values: Values, allow: boolean) => {
    const { shop_id, external_id, tags, ...rest } = values;
    const profile = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value?.trim() ? value.trim() : null]));
    const body = { ...profile, name: (values.name ?? "").trim() } as Schemas["CustomerChanges"];
    setBusy(true);
    setFailure(null);
    try {
      let id = customer?.id;
      if (customer !== undefined) {
        const header = { "If-Match": `"${customer.version}"` };
        await client.PATCH("/api/v1/customers/{customer_id}", { params: { path: { customer_id: customer.id }, header }, body });
      } else {
        const made = await client.POST("/api/v1/customers", {
          body: { ...body, shop_id: shop_id ?? 0, external_id: external_id?.trim() || null, tags: tags ?? [], allow_duplicate: allow },
          params: { header: { "Idempotency-Key": idempotencyKey() } },
        });
        id = made.data?.id;
      }
      void invalidate("/api/v1/customers");
      void message.success(t(customer === undefined ? "form.created" : "form.saved"));
      onClose();
      if (id !== undefined) onSaved(id);
    } catch (error) {
      explain(error);
      setBusy(false);
    }
  };
  const explain = (error: unknown) => {
    if (!(error instanceof Problem)) return setFailure(errorText(error));
    const { field, customer_id: id, customer_name: name } = error.body;
    if (error.status === 409 && typeof id === "number" && typeof name === "string") return setKnown({ id, name, field: String(field) });
    if (error.status === 409) return form.setFields([{ name: "external_id", errors: [t("form.taken")] }]);
    if (error.status === 412) return setFailure(t("form.changedMeanwhile"));
    setFailure(errorText(error));
  };
  return (
    <Modal open title={t(customer === undefined ? "form.create" : "form.edit")} onCancel={onClose} onOk={() => form.submit()} okText={t("common:actions.save")} cancelText={t("common:actions.cancel")} confirmLoading={busy} width={640}>
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={customer ?? { shop_id: shops.options.length === 1 ? shops.options[0]?.value : undefined }}
        onValuesChange={() => setKnown(null)}
        onFinish={(values) => void save(values, false)}
      >
        {customer === undefined && (
          <div className="c360-two">
            <Form.Item name="shop_id" label={t("form.shop")} rules={[{ required: true, message: t("form.shopMissing") }]}>
              <Select options={shops.options} />
            </Form.Item>
            <Form.Item name="external_id" label={t("form.externalId")} extra={t("form.externalIdHint")}>
              <Input maxLength={128} />
            </Form.Item>
          </div>
        )}
        <ProfileFields />
        {customer === undefined && (
          <Form.Item name="tags" label={t("form.tags")}>
            <Select mode="tags" maxTagTextLength={30} tokenSeparators={[",", "，"]} open={false} suffix={null} />
          </Form.Item>
        )}
        <button type="submit" hidden />
      </Form>
      {failure !== null && <Alert type="error" showIcon title={failure} />}
      {known !== null && (
        <Alert
          type="warning"
          showIcon
          title={t("form.duplicate", { name: known.name, field: t(`form.duplicateField.${known.field}`) })}
          description={
            <div className="c360-actions" style={{ marginTop: 4 }}>
              <Link to={`/customers/${known.id}`} onClick={onClose}>
                {t("form.openKnown")}
              </Link>
              <Button size="small" onClick={() => void save(form.getFieldsValue(), true)}>
                {t("form.createAnyway")}
              </Button>
            </div>
          }
        />
      )}
    </Modal>
  );
}
