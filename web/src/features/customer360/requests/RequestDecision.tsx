import { App, Button, Form, Input, Modal, Popconfirm, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useMay, useSignedIn } from "@/api/session";
import { useErrorText } from "@/components/states";
import type { Request } from "../tags";

type Verdict = "reject" | "executed" | "failed";

/** The buttons of the reader's role: a supervisor decides and notes what became of it, whoever asked can take it back. */
export function RequestDecision({ request }: { request: Request }) {
  const { t } = useTranslation("orders");
  const { token } = theme.useToken();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const approver = useMay("actions:approve");
  const me = useSignedIn();
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState<Verdict | null>(null);

  const act = async (send: () => Promise<unknown>, said: string) => {
    setBusy(true);
    try {
      await send();
      void message.success(said);
      setAsking(null);
    } catch (error) {
      void message.error(errorText(error));
    } finally {
      for (const prefix of ["/api/v1/customers", "/api/v1/orders", "/api/v1/actions"]) void invalidate(prefix);
      setBusy(false);
    }
  };
  const params = { path: { action_id: request.id }, header: { "If-Match": `"${request.version}"` } };
  const path = { path: { action_id: request.id } };
  const decide = (text: string) => {
    if (asking === "reject")
      return act(() => client.POST("/api/v1/actions/{action_id}/reject", { params, body: { reason: text } }), t("decide.rejected"));
    if (asking === "executed")
      return act(() => client.POST("/api/v1/actions/{action_id}/executed", { params: path, body: { note: text } }), t("decide.done"));
    return act(() => client.POST("/api/v1/actions/{action_id}/failed", { params: path, body: { note: text } }), t("decide.done"));
  };
  const waiting = request.state === "requested";
  const failed = request.state === "failed";
  const mine = request.requested_by === `staff:${me.id}`;
  const approve = () => act(() => client.POST("/api/v1/actions/{action_id}/approve", { params }), t("decide.approved"));
  return (
    <div className="c360-actions">
      {approver && (waiting || failed) && (
        <>
          <Button size="small" type="primary" loading={busy} onClick={() => void approve()} title={t("decide.approveHint")}>
            {failed ? t("decide.again") : t("decide.approve")}
          </Button>
          <Button size="small" disabled={busy} onClick={() => setAsking("reject")}>
            {failed ? t("decide.giveUp") : t("decide.reject")}
          </Button>
        </>
      )}
      {approver && request.state === "approved" && (
        <>
          <Button size="small" type="primary" disabled={busy} onClick={() => setAsking("executed")}>
            {t("decide.executed")}
          </Button>
          <Button size="small" disabled={busy} onClick={() => setAsking("failed")}>
            {t("decide.failed")}
          </Button>
        </>
      )}
      {!approver && waiting && !mine && <span style={{ color: token.colorTextTertiary }}>{t("decide.waiting")}</span>}
      {waiting && mine && (
        <Popconfirm
          title={t("decide.withdrawAsk")}
          onConfirm={() => act(() => client.POST("/api/v1/actions/{action_id}/withdraw", { params }), t("decide.withdrawn"))}
        >
          <Button size="small" type="text" disabled={busy}>
            {t("decide.withdraw")}
          </Button>
        </Popconfirm>
      )}
      {asking !== null && <Why verdict={asking} busy={busy} onClose={() => setAsking(null)} onSay={(text) => void decide(text)} />}
    </div>
  );
}

function Why({ verdict, busy, onClose, onSay }: { verdict: Verdict; busy: boolean; onClose: () => void; onSay: (text: string) => void }) {
  const { t } = useTranslation("orders");
  const [form] = Form.useForm<{ text?: string }>();
  const title = { reject: t("decide.rejectTitle"), executed: t("decide.executedTitle"), failed: t("decide.failedTitle") }[verdict];
  const label = { reject: t("decide.reason"), executed: t("decide.reference"), failed: t("decide.failedReason") }[verdict];
  return (
    <Modal open title={title} onCancel={onClose} onOk={() => form.submit()} confirmLoading={busy} okText={title} okButtonProps={verdict === "executed" ? {} : { danger: true }} width={460}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={({ text }) => onSay((text ?? "").trim())}>
        <Form.Item name="text" label={label} rules={verdict === "executed" ? [] : [{ required: true, whitespace: true, message: t("decide.reasonMissing") }]}>
          <Input.TextArea autoSize={{ minRows: 2 }} maxLength={2000} autoFocus />
        </Form.Item>
      </Form>
    </Modal>
  );
}
