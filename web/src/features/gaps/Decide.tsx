import { EditOutlined } from "@ant-design/icons";
import { App, Button, Input, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { api, idempotencyKey, Problem } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";
import { gapOf, type Finding, type State } from "./data";

/** Begin the article, take it up, dismiss it with a word, or open it again. */
export function Decide({ finding }: { finding: Finding }) {
  const { t } = useTranslation("gaps");
  const { message } = App.useApp();
  const errorText = useErrorText();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const [note, setNote] = useState("");
  const [key] = useState(idempotencyKey);
  const decide = api.useMutation("patch", "/api/v1/knowledge/findings/{finding_id}");
  const begin = api.useMutation("post", "/api/v1/knowledge/findings/{finding_id}/article");
  const header = { "If-Match": `"${finding.version}"` };
  const failed = (error: unknown) => {
    void message.error(errorText(error));
    if (error instanceof Problem && (error.status === 412 || error.status === 409)) void invalidate("/api/v1/knowledge/findings");
  };
  const put = (state: State) =>
    decide.mutate(
      { params: { path: { finding_id: finding.id }, header }, body: { state, note: state === "dismissed" ? note : "" } },
      {
        onSuccess: () => {
          setAsking(false);
          setNote("");
          void message.success(t(`done.${state}`));
          void invalidate("/api/v1/knowledge/findings");
        },
        onError: failed,
      },
    );
  const write = () =>
    begin.mutate(
      { params: { path: { finding_id: finding.id }, header: { ...header, "Idempotency-Key": key } } },
      {
        onSuccess: (article) => {
          void invalidate("/api/v1/knowledge/findings");
          void invalidate("/api/v1/articles");
          void navigate(`/knowledge/articles/${article.id}?edit=1`);
        },
        onError: failed,
      },
    );
  const dismiss = t(finding.kind === "contradiction" ? "noContradiction" : "dismiss");
  const writable = finding.kind === "gap" && finding.draft_id === null && gapOf(finding).draft !== null;
  return (
    <div className="kn-bar" style={{ margin: "8px 0 14px" }}>
      {finding.draft_id !== null && <Link to={`/knowledge/articles/${finding.draft_id}`}>{t("toDraft")}</Link>}
      {writable && (
        <Button type="primary" icon={<EditOutlined />} loading={begin.isPending} onClick={write}>
          {t("write")}
        </Button>
      )}
      {finding.state === "open" && (
        <>
          <Button loading={decide.isPending} onClick={() => put("taken")}>
            {t("take")}
          </Button>
          <Popover
            trigger="click"
            open={asking}
            onOpenChange={setAsking}
            content={
              <div style={{ display: "grid", gap: 8, width: 260 }}>
                <Input.TextArea autoFocus value={note} maxLength={2000} autoSize={{ minRows: 2, maxRows: 5 }} onChange={(event) => setNote(event.target.value)} placeholder={t("why")} aria-label={t("why")} />
                <Button type="primary" disabled={note.trim() === ""} loading={decide.isPending} onClick={() => put("dismissed")}>
                  {dismiss}
                </Button>
              </div>
            }
          >
            <Button>{dismiss}</Button>
          </Popover>
        </>
      )}
      {finding.state !== "open" && (
        <Button loading={decide.isPending} onClick={() => put("open")}>
          {t("reopen")}
        </Button>
      )}
    </div>
  );
}
