import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { App, Steps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "@/api/client";
import { useErrorText } from "@/components/states";
import "../customer360/customer360.css";
import { bodyOf, type Choices, type Inspected, type Kind, suggested } from "./choices";
import { ColumnsStep } from "./ColumnsStep";
import { FileStep } from "./FileStep";
import "./imports.css";
import { PreviewStep } from "./PreviewStep";
import { RunStep } from "./RunStep";

const NOTHING: Choices = { columns: {}, values: {}, audience: null, draft: false };
type Step = "file" | "columns" | "preview" | "run";
const STEPS: Step[] = ["file", "columns", "preview", "run"];

/** A file into the records, step by step. With `kind` given (the knowledge screen: "articles") it is not asked for. */
export function ImportWizard({ kind: given, initialKind = "customers", initialShop = "" }: { kind?: Kind; initialKind?: Kind; initialShop?: string }) {
  const { t } = useTranslation("imports");
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [step, setStep] = useState<Step>("file");
  const [picked, setPicked] = useState<Kind>(initialKind);
  const [shop, setShop] = useState(initialShop);
  const [choices, setChoices] = useState<Choices>(NOTHING);
  const [found, setFound] = useState<Inspected | null>(null);
  const [starting, setStarting] = useState(false);
  const kind = given ?? picked;
  const uploadId = found?.upload.id ?? 0;

  const preview = useQuery({
    queryKey: ["post", "/api/v1/imports/uploads/{upload_id}/preview", { params: { path: { upload_id: uploadId } } }, choices],
    queryFn: async ({ signal }) => {
      const answer = await client.POST("/api/v1/imports/uploads/{upload_id}/preview", { params: { path: { upload_id: uploadId } }, body: bodyOf(choices), signal });
      if (!answer.data) throw new Error("no preview");
      return answer.data;
    },
    enabled: step === "preview" && found !== null,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData,
  });
  const opened = (file: Inspected) => {
    setFound(file);
    setChoices({ ...choices, columns: suggested(file), values: {} });
    setStep(file.columns.length === 0 ? "preview" : "columns");
  };
  const start = async () => {
    setStarting(true);
    try {
      await client.POST("/api/v1/imports/uploads/{upload_id}/start", { params: { path: { upload_id: uploadId } }, body: bodyOf(choices) });
      setStep("run");
    } catch (error) {
      void message.error(errorText(error));
    } finally {
      setStarting(false);
    }
  };
  const again = () => {
    setFound(null);
    setChoices({ ...choices, columns: {}, values: {} });
    setStep("file");
  };
  return (
    <div>
      <Steps size="small" current={STEPS.indexOf(step)} items={STEPS.map((one) => ({ title: t(`steps.${one}`) }))} style={{ marginBottom: 20, maxWidth: 720 }} />
      {step === "file" && (
        <FileStep kind={kind} fixed={given !== undefined} shop={shop} choices={choices} onKind={setPicked} onShop={setShop} onChoices={setChoices} onFile={opened} />
      )}
      {step === "columns" && found !== null && (
        <ColumnsStep found={found} columns={choices.columns} onChange={(columns) => setChoices({ ...choices, columns })} onBack={again} onNext={() => setStep("preview")} />
      )}
      {step === "preview" && found !== null && (
        <PreviewStep
          found={found}
          preview={preview}
          values={choices.values}
          onValues={(values) => setChoices({ ...choices, values })}
          onBack={found.columns.length === 0 ? again : () => setStep("columns")}
          onStart={() => void start()}
          starting={starting}
        />
      )}
      {step === "run" && found !== null && <RunStep uploadId={found.upload.id} kind={kind} onAnother={again} />}
    </div>
  );
}
