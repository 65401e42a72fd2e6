import { App, Alert, Button, Input, Modal, Skeleton } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, Problem, type Schemas } from "@/api/client";
import { useShops } from "@/api/lookups";
import { invalidate } from "@/api/queries";
import { useSignedIn } from "@/api/session";
import { useFormats } from "@/components/format";
import { useErrorText } from "@/components/states";
import { Changes } from "./Changes";
import "./gaps.css";

interface Props {
  article: Schemas["ArticleOut"];
  number: number;
  onClose: () => void;
  onPublished: () => void;
}

/** What publishing would do to past questions, then the step itself. Where nothing blocks, nobody has to wait for it. */
export function PublishDialog({ article, number, onClose, onPublished }: Props) {
  const { t } = useTranslation("gaps");
  const common = useTranslation().t;
  const { message } = App.useApp();
  const errorText = useErrorText();
  const formats = useFormats();
  const { role } = useSignedIn();
  const { shops } = useShops();
  const [reason, setReason] = useState("");
  const preview = api.useMutation("post", "/api/v1/articles/{article_id}/versions/{number}/preview");
  const publish = api.useMutation("post", "/api/v1/articles/{article_id}/versions/{number}/publish");
  const path = { article_id: article.id, number };
  const looking = useRef(new AbortController());
  const run = () => {
    looking.current = new AbortController();
    preview.mutate({ params: { path }, signal: looking.current.signal });
  };
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    run();
  });
  const told = preview.data;
  const reached = shops.filter((shop) => shop.active && (article.shop_ids.length === 0 || article.shop_ids.includes(shop.id)));
  const blocking = (told?.gate ?? (reached.some((shop) => shop.publish_gate === "block") ? "block" : "warn")) === "block";
  const falls = told?.result.falls === true && told.gate !== "off";
  const overriding = blocking && falls;
  const mayOverride = role === "supervisor" || role === "admin";
  const ready = blocking ? told !== undefined && (!falls || (mayOverride && reason.trim() !== "")) : true;
  const put = () => {
    looking.current.abort(); // what is published is no longer looked at: the server would say so
    publish.mutate(
      { params: { path, header: { "If-Match": `"${article.version}"` } }, body: { preview_id: told?.id ?? null, override: overriding ? reason : "" } },
      {
        onSuccess: () => {
          void invalidate("/api/v1/articles");
          void invalidate("/api/v1/knowledge");
          onPublished();
        },
        onError: (error) => {
          void message.error(errorText(error));
          if (error instanceof Problem && (error.status === 412 || error.status === 409)) void invalidate("/api/v1/articles");
          else if (!told) run();
        },
      },
    );
  };
  const gain = told?.result.gain ?? null;
  return (
    <Modal
      open
      width={680}
      title={t("publish.title", { number })}
      onCancel={() => {
        looking.current.abort();
        onClose();
      }}
      cancelText={common("actions.cancel")}
      okText={t(falls ? "publish.anyway" : "publish.now")}
      okButtonProps={{ disabled: !ready, danger: falls, autoFocus: true }}
      confirmLoading={publish.isPending}
      onOk={put}
    >
      <div aria-live="polite">
        {preview.isPending && (
          <>
            <p>{t("publish.looking")}</p>
            <Skeleton active title={false} paragraph={{ rows: 2 }} />
          </>
        )}
        {preview.error && !publish.isPending && !publish.isSuccess && (
          <Alert type="warning" showIcon title={t("publish.failed")} description={errorText(preview.error)} action={<Button size="small" onClick={run}>{t("publish.again")}</Button>} />
        )}
        {told && told.result.cases === 0 && <p>{t("publish.noCases")}</p>}
        {told && told.result.cases > 0 && <Changes result={told.result} />}
        {falls && gain && (
          <Alert
            type="error"
            showIcon
            title={t("publish.falls")}
            description={
              <>
                <div className="tabular">{t("publish.fallsHint", { mean: formats.number(gain.mean, 3), low: formats.number(gain.low, 3), high: formats.number(gain.high, 3) })}</div>
                {overriding && <div>{t("publish.blocked")}</div>}
              </>
            }
          />
        )}
        {overriding && mayOverride && (
          <Input.TextArea style={{ marginTop: 8 }} value={reason} maxLength={2000} onChange={(event) => setReason(event.target.value)} placeholder={t("publish.reason")} aria-label={t("publish.reason")} />
        )}
      </div>
    </Modal>
  );
}
