import { App, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { client, idempotencyKey, Problem } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useIntents } from "@/api/lookups";
import { NativeSelect } from "@/components/NativeSelect";
import { useErrorText } from "@/components/states";
import { KINDS, useRuns, useWords } from "./data";

/** Which cases are measured: all that are not retired, some of them, or the very ones of an earlier run. */
export function StartRun({ open, onClose }: { open: boolean; onClose: () => void }) {
  return open ? <Opened onClose={onClose} /> : null;
}

function Opened({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["evaluation", "common"]);
  const { runName } = useWords();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const text = useErrorText();
  const intents = useIntents();
  const runs = useRuns();
  const [key] = useState(idempotencyKey);
  const [busy, setBusy] = useState(false);
  const [wanted, setWanted] = useState({ name: "", like: "", language: "", intent: "", kind: "" });
  const change = (name: keyof typeof wanted) => (value: string) => setWanted({ ...wanted, [name]: value });
  const start = async () => {
    setBusy(true);
    try {
      const { name, like, language, intent, kind } = wanted;
      const body = like === "" ? { name, language: language || null, intent: intent || null, kind: kind || null } : { name, like: Number(like) };
      const { data } = await client.POST("/api/v1/evaluations/runs", { params: { header: { "Idempotency-Key": key } }, body });
      await invalidate("/api/v1/evaluations/runs");
      onClose();
      if (data) void navigate(`/quality/runs/${data.id}`);
    } catch (error) {
      message.error(error instanceof Problem && error.status === 422 ? t("evaluation:start.nothing") : text(error));
      setBusy(false);
    }
  };
  const all = { value: "", label: t("evaluation:filter.all") };
  return (
    <Modal title={t("evaluation:runs.start")} open onCancel={onClose} onOk={() => void start()} okText={t("evaluation:runs.start")} cancelText={t("common:actions.cancel")} confirmLoading={busy}>
      <p>{t("evaluation:start.hint")}</p>
      <Form layout="vertical">
        <Form.Item label={t("evaluation:runs.name")} htmlFor="run-name">
          <Input id="run-name" autoFocus maxLength={128} value={wanted.name} placeholder={t("evaluation:start.namePlaceholder")} onChange={(event) => change("name")(event.target.value)} />
        </Form.Item>
        <Form.Item label={t("evaluation:start.like")} extra={t("evaluation:start.likeHint")}>
          <NativeSelect className="ev-wide" label={t("evaluation:start.like")} value={wanted.like} onChange={change("like")} choices={[{ value: "", label: t("evaluation:start.allCases") }, ...runs.rows.map((run) => ({ value: String(run.id), label: `#${run.id} ${runName(run)}` }))]} />
        </Form.Item>
        {wanted.like === "" && (
          <div className="ev-bar">
            <NativeSelect label={t("evaluation:filter.kind")} value={wanted.kind} onChange={change("kind")} choices={[{ ...all, label: t("evaluation:filter.kind") }, ...KINDS.map((value) => ({ value, label: t(`evaluation:kind.${value}`) }))]} />
            <NativeSelect label={t("evaluation:filter.language")} value={wanted.language} onChange={change("language")} choices={[{ ...all, label: t("evaluation:filter.language") }, ...(["zh", "en"] as const).map((value) => ({ value, label: t(`common:languages.${value}`) }))]} />
            <NativeSelect label={t("evaluation:filter.intent")} value={wanted.intent} onChange={change("intent")} choices={[{ ...all, label: t("evaluation:filter.intent") }, ...intents.options]} />
          </div>
        )}
      </Form>
    </Modal>
  );
}
