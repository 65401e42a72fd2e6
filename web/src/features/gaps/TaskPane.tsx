import { App, Button, Input, Select, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, Problem, type Schemas } from "@/api/client";
import { useStaff } from "@/api/lookups";
import { invalidate } from "@/api/queries";
import { Ago } from "@/components/format";
import { PhoneBack } from "@/components/PhoneBack";
import { ErrorState, PageLoading, useErrorText } from "@/components/states";

/** A knowledge task: what was drafted, what agents wrote instead, and what the article said. */
export function TaskPane({ id, onBack }: { id: number; onBack: () => void }) {
  const { t } = useTranslation("gaps");
  const { token } = theme.useToken();
  const found = api.useQuery("get", "/api/v1/knowledge/tasks/{task_id}", { params: { path: { task_id: id } } });
  if (found.isPending) return <PageLoading />;
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  const task = found.data;
  return (
    <div className="kn-pane">
      <PhoneBack to={t("list")} onBack={onBack} />
      <h2 className="kn-title">
        <Link to={`/knowledge/articles/${task.article_id}`}>{task.article_title}</Link>
      </h2>
      <p style={{ color: token.colorTextSecondary }}>
        {t(`causeHints.${task.cause}`)} {task.newer_version !== null && t("newerHint", { number: task.newer_version })}
      </p>
      <Steps key={task.version} task={task} />
      <div className="gp-stack">
        {task.evidence.map((one) => (
          <div key={one.id} className="kn-card" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }}>
            <div className="gp-meta" style={{ color: token.colorTextSecondary }}>
              v{one.article_version} · <Ago at={one.created_at} />
              {one.ticket_id !== null && (
                <>
                  {" · "}
                  <Link to={`/tickets/${one.ticket_id}`}>{t("ticket", { id: one.ticket_id })}</Link>
                </>
              )}
            </div>
            <dl className="gp-evidence">
              <dt>{t("quoted")}</dt>
              <dd className="kn-quote">{one.quote || "–"}</dd>
              <dt>{t("before")}</dt>
              <dd className="kn-quote">{one.before || "–"}</dd>
              <dt>{t("after")}</dt>
              <dd className="kn-quote">{one.after || t("leftOut")}</dd>
              {one.note !== "" && <dt>{t("note")}</dt>}
              {one.note !== "" && <dd className="kn-quote">{one.note}</dd>}
            </dl>
          </div>
        ))}
      </div>
    </div>
  );
}

function Steps({ task }: { task: Schemas["TaskOut"] }) {
  const { t } = useTranslation("gaps");
  const { message } = App.useApp();
  const errorText = useErrorText();
  const staff = useStaff();
  const [word, setWord] = useState(task.resolution);
  const change = api.useMutation("patch", "/api/v1/knowledge/tasks/{task_id}");
  const put = (body: Schemas["TaskIn"]) =>
    change.mutate(
      { params: { path: { task_id: task.id }, header: { "If-Match": `"${task.version}"` } }, body },
      {
        onSuccess: () => void invalidate("/api/v1/knowledge/tasks"),
        onError: (error) => {
          void message.error(errorText(error));
          if (error instanceof Problem && error.status === 412) void invalidate("/api/v1/knowledge/tasks");
        },
      },
    );
  return (
    <div className="kn-bar" style={{ marginBottom: 14 }}>
      <Select
        allowClear
        style={{ minWidth: 140 }}
        value={task.handler_id}
        placeholder={t("nobody")}
        aria-label={t("handler")}
        options={staff.options}
        onChange={(value: number | undefined) => put({ resolution: task.resolution, handler_id: value ?? null })}
      />
      {task.state === "open" ? (
        <>
          <Input style={{ width: 260 }} value={word} maxLength={2000} onChange={(event) => setWord(event.target.value)} placeholder={t("resolution")} aria-label={t("resolution")} />
          <Button type="primary" loading={change.isPending} onClick={() => put({ state: "done", resolution: word })}>
            {t("finish")}
          </Button>
          <Button disabled={word.trim() === ""} loading={change.isPending} onClick={() => put({ state: "dismissed", resolution: word })}>
            {t("dismiss")}
          </Button>
        </>
      ) : (
        <>
          <span>{task.resolution}</span>
          <Button loading={change.isPending} onClick={() => put({ state: "open", resolution: "" })}>
            {t("reopen")}
          </Button>
        </>
      )}
    </div>
  );
}
