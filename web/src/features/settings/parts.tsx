/** What the sections share: their head, forms in a dialog with errors at the field, secrets that are shown once. */
import { CheckOutlined, CopyOutlined } from "@ant-design/icons";
import { Alert, Button, Form, Modal, theme, type FormInstance } from "antd";
import i18n from "i18next";
import type { ReactNode } from "react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Fault, Problem } from "@/api/client";
import { useErrorDetail, useErrorText } from "@/components/states";

export function Section({ title, hint, actions, children }: { title: string; hint: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const { token } = theme.useToken();
  return (
    <section className="st-section" aria-label={title}>
      <div className="st-head">
        <div>
          <h2>{title}</h2>
          <p style={{ color: token.colorTextSecondary }}>{hint}</p>
        </div>
        {actions}
      </div>
      {children}
    </section>
  );
}

/** Why a field was refused, in the reader's language; `otherwise` where we have no sentence of our own for it. */
function faultText(fault: Fault | undefined, otherwise: string): string {
  const key = `errors.fields.${fault?.type ?? ""}`;
  return fault && i18n.exists(key) ? i18n.t(key as "errors.fields.missing", fault.limits) : otherwise;
}

/** Puts what the server found wrong at the fields; says false when no field of the form is named. `say` puts the problem's
 * own sentence into the reader's language. */
export function showAtFields(form: FormInstance, error: unknown, say: (error: unknown) => string): boolean {
  if (!(error instanceof Problem)) return false;
  const known = Object.keys(form.getFieldsValue(true) as object).concat(Object.keys(form.getFieldsValue() as object));
  const faults = Object.entries(error.fields).filter(([name]) => known.includes(name.split(".")[0] ?? ""));
  form.setFields(faults.map(([name, text]) => ({ name: name.split(".")[0] ?? name, errors: [text === error.detail ? say(error) : faultText(error.faults[name], text)] })));
  return faults.length > 0;
}

interface FormDialog<T> {
  title: string;
  open: boolean;
  initial: Partial<T>;
  submitText: string;
  onSubmit: (values: T) => Promise<void>;
  onClose: () => void;
  width?: number;
  children: ReactNode;
}

/** A form in a dialog. What is wrong stands at its field, anything else above the form; nothing typed is lost. */
export function FormDialog<T extends object>({ title, open, initial, submitText, onSubmit, onClose, width, children }: FormDialog<T>) {
  const { t } = useTranslation();
  const [form] = Form.useForm<T>();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const text = useErrorText();
  const detail = useErrorDetail();
  const submit = async (values: T) => {
    setBusy(true);
    setFault(null);
    try {
      await onSubmit(values);
      onClose();
    } catch (error) {
      if (!showAtFields(form, error, text)) setFault(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      title={title}
      open={open}
      onCancel={onClose}
      onOk={form.submit}
      okText={submitText}
      cancelText={t("actions.cancel")}
      confirmLoading={busy}
      destroyOnHidden
      afterClose={() => setFault(null)}
      {...(width === undefined ? {} : { width })}
    >
      {fault !== null && (
        <Alert
          type="error"
          showIcon
          title={text(fault)}
          description={detail(fault)}
          style={{ marginBottom: 12 }}
        />
      )}
      <Form<T>
        form={form}
        layout="vertical"
        requiredMark="optional"
        initialValues={initial}
        onFinish={(values) => void submit(values)}
        preserve={false}
        scrollToFirstError
        style={{ marginTop: 8 }}
      >
        {children}
      </Form>
    </Modal>
  );
}

export function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    window.setTimeout(() => setDone(false), 2000);
  };
  return (
    <Button icon={done ? <CheckOutlined /> : <CopyOutlined />} onClick={() => void copy()}>
      {done ? t("actions.copied") : t("actions.copy")}
    </Button>
  );
}

/** A secret that the server told this once. */
export function ShownOnce({ title, secret, onClose, children }: { title: string; secret: string | null; onClose: () => void; children?: ReactNode }) {
  const { t } = useTranslation("settings");
  const { token } = theme.useToken();
  return (
    <Modal
      title={title}
      open={secret !== null}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      footer={
        <Button type="primary" onClick={onClose}>
          {t("once.kept")}
        </Button>
      }
    >
      <Alert type="warning" showIcon title={t("once.warning")} style={{ marginBottom: 12 }} />
      <div className="st-secret">
        <code data-secret style={{ background: token.colorFillQuaternary }}>
          {secret}
        </code>
        <CopyButton text={secret ?? ""} />
      </div>
      {children}
    </Modal>
  );
}
