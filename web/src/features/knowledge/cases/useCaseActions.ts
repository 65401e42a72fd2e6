import { App } from "antd";
import { useTranslation } from "react-i18next";
import { api, Problem } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";
import { etag } from "../states";
import type { Case } from "./useCases";

/** What an editor decides about a case; `onDecided` brings the next one. */
export function useCaseActions(found: Case, onDecided: () => void) {
  const { t } = useTranslation("knowledge");
  const { message } = App.useApp();
  const errorText = useErrorText();
  const publish = api.useMutation("post", "/api/v1/cases/{case_id}/publish");
  const discard = api.useMutation("post", "/api/v1/cases/{case_id}/discard");
  const merge = api.useMutation("post", "/api/v1/cases/{case_id}/merge");
  const retire = api.useMutation("post", "/api/v1/cases/{case_id}/retire");
  // what has been decided stays so until the next case is drawn: a quick second key must not hit it
  const busy = [publish, discard, merge, retire].some((one) => one.isPending || one.isSuccess);
  const own = { params: { path: { case_id: found.id }, header: etag(found.version) } };
  const told = (text: string) => ({
    onSuccess: () => {
      void message.success(text);
      onDecided();
      void invalidate("/api/v1/cases");
    },
    onError: (error: unknown) => {
      void message.error(errorText(error));
      if (error instanceof Problem && (error.status === 412 || error.status === 409)) void invalidate("/api/v1/cases");
    },
  });
  const unlessBusy = (run: () => void) => () => {
    if (!busy) run();
  };
  return {
    busy,
    publish: unlessBusy(() => publish.mutate(own, told(t("cases.done.published")))),
    discard: unlessBusy(() => discard.mutate(own, told(t("cases.done.discarded")))),
    retire: unlessBusy(() => retire.mutate(own, told(t("cases.done.retired")))),
    merge: (into: number) => {
      if (!busy) merge.mutate({ ...own, body: { into_id: into } }, told(t("cases.done.merged", { id: into })));
    },
  };
}
