import { App, Button, Form, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, idempotencyKey } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";
import type { OrderView } from "../tags";
import type { RequestKind } from "./RequestBar";
import { RequestFields, type RequestForm } from "./RequestFields";
import { RequestSummary } from "./RequestSummary";

/** The params as the server takes them: only what was said. */
export function paramsOf(form: RequestForm): Record<string, unknown> {
  const items = Object.entries(form.items ?? {}).flatMap(([sku, quantity]) => (quantity ? [{ sku, quantity }] : []));
  const texts = Object.entries({ ...form, items: undefined }).flatMap(([name, value]) => {
    const text = typeof value === "string" ? value.trim() : "";
    return text === "" ? [] : [[name, text] as const];
  });
  return { ...Object.fromEntries(texts), ...(items.length > 0 ? { items } : {}) };
}

/** First what, then a look at it, then it is sent. */
export function RequestDialog({ order, kind, ticketId, onClose }: { order: OrderView; kind: RequestKind; ticketId?: number; onClose: () => void }) {
  const { t } = useTranslation(["orders", "common"]);
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [form] = Form.useForm<RequestForm>();
  const [checked, setChecked] = useState<Record<string, unknown> | null>(null);
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [key, setKey] = useState("");

  const look = async () => {
    try {
      setChecked(paramsOf(await form.validateFields()));
      setKey(idempotencyKey());
      setFailure(null);
    } catch {
      // the form says which field
    }
  };
  const send = async () => {
    if (checked === null) return;
    setSending(true);
    try {
      await client.POST("/api/v1/actions", {
        body: { order_id: order.id, kind, params: checked, ticket_id: ticketId ?? null, note: "" },
        params: { header: { "Idempotency-Key": key } },
      });
      void message.success(t("request.sent"));
      void invalidate("/api/v1/customers");
      void invalidate("/api/v1/orders");
      void invalidate("/api/v1/actions");
      onClose();
    } catch (error) {
      setFailure(errorText(error));
      setSending(false);
    }
  };
  const footer =
    checked === null
      ? [
          <Button key="cancel" onClick={onClose}>
            {t("common:actions.cancel")}
          </Button>,
          <Button key="next" type="primary" onClick={() => void look()}>
            {t("request.next")}
          </Button>,
        ]
      : [
          <Button key="back" onClick={() => setChecked(null)}>
            {t("request.back")}
          </Button>,
          <Button key="send" type="primary" loading={sending} onClick={() => void send()} autoFocus>
            {t("request.confirm")}
          </Button>,
        ];
  return (
    <Modal open title={t("request.heading", { kind: t(`kind.${kind}`), no: order.order_no })} onCancel={onClose} footer={footer} width={520}>
      <div hidden={checked !== null}>
        <RequestFields form={form} kind={kind} order={order} onSubmit={() => void look()} />
      </div>
      {checked !== null && <RequestSummary kind={kind} params={checked} order={order} ticketId={ticketId} failure={failure} />}
    </Modal>
  );
}
