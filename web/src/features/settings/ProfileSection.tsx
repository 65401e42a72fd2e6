import { Alert, App, Button, Form, Input, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { client } from "@/api/client";
import { queryClient } from "@/api/queries";
import { useSignedIn } from "@/api/session";
import { chooseTheme, useThemeChoice, type Choice } from "@/app/theme";
import { useErrorText } from "@/components/states";
import { changeLanguage, currentLanguage, LANGUAGES, type Language } from "@/i18n";
import { Section, showAtFields } from "./parts";

interface Passwords {
  current: string;
  password: string;
  again: string;
}

/** One's own password, language and theme. */
export function ProfileSection() {
  const { t } = useTranslation(["settings", "common"]);
  const me = useSignedIn();
  const choice = useThemeChoice();
  return (
    <Section title={t("settings:sections.profile")} hint={t("settings:profile.hint", { name: me.name, role: me.role === null ? "–" : t(`common:role.${me.role}`) })}>
      <h3 id="st-language">{t("settings:profile.language")}</h3>
      <Radio.Group
        aria-labelledby="st-language"
        optionType="button"
        value={currentLanguage()}
        onChange={(event) => void changeLanguage(event.target.value as Language)}
        options={LANGUAGES.map((value) => ({ value, label: value === "en" ? "English" : "中文" }))}
      />
      <h3 id="st-theme">{t("settings:profile.theme")}</h3>
      <Radio.Group
        aria-labelledby="st-theme"
        optionType="button"
        value={choice}
        onChange={(event) => chooseTheme(event.target.value as Choice)}
        options={(["system", "light", "dark"] as const).map((value) => ({ value, label: t(`common:theme.${value}`) }))}
      />
      <p style={{ opacity: 0.8 }}>{t("settings:profile.stored")}</p>
      {me.kind === "staff" && me.id !== null && <PasswordForm id={me.id} />}
    </Section>
  );
}

function PasswordForm({ id }: { id: number }) {
  const { t } = useTranslation("settings");
  const [form] = Form.useForm<Passwords>();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const text = useErrorText();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const save = async ({ current, password }: Passwords) => {
    setBusy(true);
    setFault(null);
    try {
      await client.PUT("/api/v1/staff/{staff_id}/password", { params: { path: { staff_id: id } }, body: { current, password } });
      // the server ended every session of this member of staff, this one too
      message.success(t("profile.changed"));
      queryClient.clear();
      void navigate("/sign-in");
    } catch (error) {
      if (!showAtFields(form, error, text)) setFault(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <h3>{t("profile.password")}</h3>
      {fault !== null && <Alert type="error" showIcon title={text(fault)} style={{ marginBottom: 12, maxWidth: 400 }} />}
      <Form<Passwords> form={form} layout="vertical" style={{ maxWidth: 400 }} onFinish={(values) => void save(values)}>
        <Form.Item name="current" label={t("profile.current")} rules={[{ required: true, message: t("required") }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Form.Item name="password" label={t("profile.new")} extra={t("profile.newHint")} rules={[{ required: true, min: 10, max: 256, message: t("profile.length") }]}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item
          name="again"
          label={t("profile.again")}
          dependencies={["password"]}
          rules={[
            { required: true, message: t("required") },
            ({ getFieldValue }) => ({
              validator: (_, value) => (value === getFieldValue("password") ? Promise.resolve() : Promise.reject(new Error(t("profile.differ")))),
            }),
          ]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>
          {t("profile.change")}
        </Button>
        <p style={{ opacity: 0.8 }}>{t("profile.ends")}</p>
      </Form>
    </>
  );
}
