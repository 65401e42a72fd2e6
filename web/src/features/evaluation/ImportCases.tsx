import { Alert, Button, Modal, Upload } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";

type Told = Schemas["EvalCasesImportedOut"];

async function send(file: File, dryRun: boolean): Promise<Told | undefined> {
  const { data } = await client.POST("/api/v1/evaluations/cases/import", {
    body: { file: file as unknown as string, shop: "", dry_run: dryRun },
    bodySerializer: (body) => {
      const form = new FormData();
      form.append("file", body.file as unknown as File);
      form.append("dry_run", String(body.dry_run));
      return form;
    },
  });
  return data;
}

/** A ZIP of a BEIR folder, or intents.csv: tried first, so that one sees what would be made and which rows are wrong. */
export function ImportCases({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation(["evaluation", "common"]);
  const errorText = useErrorText();
  const [file, setFile] = useState<File | null>(null);
  const [told, setTold] = useState<Told | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const run = async (chosen: File, dryRun: boolean) => {
    setBusy(true);
    setFault(null);
    try {
      setTold((await send(chosen, dryRun)) ?? null);
      if (!dryRun) await invalidate("/api/v1/evaluations");
    } catch (error) {
      setTold(null);
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  const close = () => {
    setFile(null);
    setTold(null);
    setFault(null);
    onClose();
  };
  return (
    <Modal
      title={t("evaluation:import.title")}
      open={open}
      onCancel={close}
      width={640}
      destroyOnHidden
      footer={
        told !== null && !told.tried ? (
          <Button type="primary" onClick={close}>
            {t("common:actions.close")}
          </Button>
        ) : (
          <Button type="primary" loading={busy} disabled={file === null || told === null || told.created === 0} onClick={() => file && void run(file, false)}>
            {t("evaluation:import.run", { n: told?.created ?? 0 })}
          </Button>
        )
      }
    >
      <p>{t("evaluation:import.hint")}</p>
      <Upload.Dragger
        accept=".zip,.csv"
        maxCount={1}
        showUploadList={false}
        beforeUpload={(chosen) => {
          setFile(chosen);
          void run(chosen, true);
          return false;
        }}
      >
        {file === null ? t("evaluation:import.choose") : file.name}
      </Upload.Dragger>
      {fault !== null && <Alert type="error" showIcon style={{ marginTop: 12 }} title={t("evaluation:import.refused")} description={errorText(fault)} />}
      {told !== null && <Told told={told} />}
    </Modal>
  );
}

function Told({ told }: { told: Told }) {
  const { t } = useTranslation("evaluation");
  return (
    <div role="status" style={{ marginTop: 12 }}>
      <Alert
        type={told.failed > 0 ? "warning" : "success"}
        showIcon
        title={t(told.tried ? "import.would" : "import.did", { created: told.created, known: told.known, failed: told.failed })}
        description={told.unknown_sources + told.unknown_intents > 0 ? t("import.leftOut", { sources: told.unknown_sources, intents: told.unknown_intents }) : undefined}
      />
      {told.faults.length > 0 && (
        <ul className="ev-faults">
          {told.faults.map((one) => (
            <li key={`${one.place} ${one.message}`}>
              <code>{one.place}</code> {one.message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
