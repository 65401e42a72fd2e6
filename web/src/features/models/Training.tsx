import { App, Button, theme } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { idempotencyKey } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useFormats } from "@/components/format";
import { useErrorText } from "@/components/states";
import { JobProgress, useNewestJob } from "@/features/settings/jobs";
import type { Version } from "./KindSection";
import { Outcome } from "./Outcome";

interface Props {
  what: "retrieval" | "intents";
  job: string;
  /** what there is to learn from, and how much of it a training asks for; undefined: not known yet */
  found: { have: number; needed: number } | undefined;
  start: (key: string) => Promise<unknown>;
  versions: readonly Version[];
}

/** Ask for a training, watch it, and read what came of it. A second one cannot be asked for meanwhile. */
export function Training({ what, job: name, found, start, versions }: Props) {
  const { t } = useTranslation("models");
  const common = useTranslation().t;
  const { token } = theme.useToken();
  const { number } = useFormats();
  const { message, modal } = App.useApp();
  const text = useErrorText();
  const [after, setAfter] = useState<number | undefined>();
  const job = useNewestJob(name, after);
  const expected = after !== undefined && (job?.id ?? 0) <= after;
  const busy = expected || job?.state === "queued" || job?.state === "running";
  const state = job?.state;
  useEffect(() => {
    if (state === "done") void invalidate("/api/v1/models");
  }, [state]);
  const ask = () =>
    void modal.confirm({
      title: t(`train.${what}.ask`),
      content: t("train.hint"),
      okText: t("train.start"),
      cancelText: common("actions.cancel"),
      onOk: async () => {
        try {
          await start(idempotencyKey());
          setAfter(job?.id ?? 0);
          message.success(t("train.asked"));
        } catch (error) {
          message.error(text(error));
        }
        await invalidate("/api/v1/jobs");
      },
    });
  const few = found !== undefined && found.have < found.needed;
  return (
    <div className="mv-training">
      <div className="mv-training-bar">
        <Button type="primary" disabled={found === undefined || few || busy} loading={busy} onClick={ask}>
          {t(`train.${what}.button`)}
        </Button>
        {found !== undefined && (
          <span style={{ color: few ? token.colorWarningText : token.colorTextSecondary }}>
            {t(`train.${what}.have`, { have: number(found.have), needed: number(found.needed) })} {few && t(`train.${what}.few`)}
          </span>
        )}
      </div>
      {!expected && <JobProgress job={job} />}
      {!busy && job?.state === "done" && <Outcome version={versions.find((one) => one.version === job.progress?.note)} at={job.finished_at ?? null} />}
    </div>
  );
}
