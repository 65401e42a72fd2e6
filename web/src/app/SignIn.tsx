import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Card, Form, Input, theme } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { api, Problem } from "@/api/client";
import { useErrorText } from "@/components/states";
import { changeLanguage, currentLanguage } from "@/i18n";

interface Entry {
  username: string;
  password: string;
}

export function SignIn() {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const navigate = useNavigate();
  const location = useLocation();
  const queries = useQueryClient();
  const text = useErrorText();
  const signIn = api.useMutation("post", "/api/v1/auth/sign-in");
  useEffect(() => {
    document.title = `${t("signIn.title")} · Support Copilot`;
  }, [t]);
  const submit = (entry: Entry) =>
    signIn.mutate(
      { body: entry },
      {
        onSuccess: async () => {
          queries.clear();
          const state = location.state as { from?: string } | null;
          await navigate(state?.from ?? "/inbox", { replace: true });
        },
      },
    );
  const wrong = (signIn.error as unknown) instanceof Problem && [401, 422].includes((signIn.error as unknown as Problem).status);
  return (
    <main style={{ minHeight: "100dvh", display: "grid", placeItems: "center", padding: 16, background: token.colorBgLayout }}>
      <Card style={{ width: "100%", maxWidth: 380 }} styles={{ body: { padding: 28 } }}>
        <img src="/console/icon.svg" alt="" width={40} height={40} />
        <h1 style={{ fontSize: 20, margin: "12px 0 2px" }}>Support Copilot</h1>
        <p style={{ color: token.colorTextSecondary, margin: "0 0 20px" }}>{t("signIn.hint")}</p>
        {signIn.error !== null && (
          <Alert type="error" showIcon role="alert" title={wrong ? t("signIn.wrong") : text(signIn.error)} style={{ marginBottom: 16 }} />
        )}
        <Form<Entry> layout="vertical" size="large" onFinish={submit} requiredMark={false}>
          <Form.Item name="username" label={t("signIn.username")} rules={[{ required: true, message: t("signIn.usernameMissing") }]}>
            <Input autoFocus autoComplete="username" maxLength={64} />
          </Form.Item>
          <Form.Item name="password" label={t("signIn.password")} rules={[{ required: true, message: t("signIn.passwordMissing") }]}>
            <Input.Password autoComplete="current-password" maxLength={256} />
          </Form.Item>
          <Button type="primary" htmlType="submit" block loading={signIn.isPending}>
            {t("signIn.submit")}
          </Button>
        </Form>
        <Button type="link" style={{ marginTop: 12, padding: 0 }} onClick={() => void changeLanguage(currentLanguage() === "en" ? "zh-CN" : "en")}>
          {t("language.toggle")}
        </Button>
      </Card>
    </main>
  );
}
