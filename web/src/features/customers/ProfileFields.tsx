import { Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";

export interface Profile {
  name?: string;
  phone?: string | null;
  email?: string | null;
  tier?: string | null;
  language?: string | null;
  country?: string | null;
  province?: string | null;
  city?: string | null;
  address?: string | null;
  postal_code?: string | null;
}

export function ProfileFields() {
  const { t } = useTranslation(["customers", "common"]);
  return (
    <>
      <div className="c360-two">
        <Form.Item name="name" label={t("form.name")} rules={[{ required: true, whitespace: true, message: t("form.nameMissing") }]}>
          <Input maxLength={128} />
        </Form.Item>
        <Form.Item name="phone" label={t("form.phone")}>
          <Input maxLength={32} inputMode="tel" />
        </Form.Item>
        <Form.Item name="email" label={t("form.email")} rules={[{ type: "email", message: t("form.emailWrong") }]}>
          <Input maxLength={255} inputMode="email" />
        </Form.Item>
        <Form.Item name="tier" label={t("form.tier")}>
          <Input maxLength={32} />
        </Form.Item>
        <Form.Item name="language" label={t("form.language")}>
          <Select
            allowClear
            options={[
              { value: "zh", label: t("common:languages.zh") },
              { value: "en", label: t("common:languages.en") },
            ]}
          />
        </Form.Item>
        <Form.Item name="country" label={t("form.country")}>
          <Input maxLength={64} />
        </Form.Item>
        <Form.Item name="province" label={t("form.province")}>
          <Input maxLength={64} />
        </Form.Item>
        <Form.Item name="city" label={t("form.city")}>
          <Input maxLength={64} />
        </Form.Item>
        <Form.Item name="postal_code" label={t("form.postalCode")}>
          <Input maxLength={16} />
        </Form.Item>
      </div>
      <Form.Item name="address" label={t("form.address")}>
        <Input.TextArea autoSize={{ minRows: 1 }} maxLength={1000} />
      </Form.Item>
    </>
  );
}
