import { Button, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/components/format";
import { useActorName } from "@/api/lookups";
import { type OrderView, type Request, RequestState } from "../tags";
import { RequestDecision } from "./RequestDecision";
import { RequestParams } from "./RequestSummary";

/** A request with what it says, who did what to it, and what the reader may do now. */
export function RequestCard({ request, order }: { request: Request; order: OrderView }) {
  const { t } = useTranslation("orders");
  const { token } = theme.useToken();
  const [steps, setSteps] = useState(false);
  return (
    <div className="c360-request" style={{ background: token.colorFillQuaternary, borderColor: token.colorBorderSecondary }} aria-label={t("request.open", { id: request.id })} role="group">
      <div className="c360-row">
        <strong>{t(`kind.${request.kind}`)}</strong>
        <RequestState state={request.state} />
        <Button type="link" size="small" style={{ marginLeft: "auto", padding: 0, height: "auto" }} aria-expanded={steps} onClick={() => setSteps(!steps)}>
          {t("request.open", { id: request.id })}
        </Button>
      </div>
      <RequestParams kind={request.kind} params={request.params} order={order} />
      {steps && <RequestHistory request={request} />}
      <RequestDecision request={request} />
    </div>
  );
}

/** Who did what, when, and why. */
export function RequestHistory({ request }: { request: Request }) {
  const { t } = useTranslation("orders");
  const { token } = theme.useToken();
  const formats = useFormats();
  const actor = useActorName();
  return (
    <ol className="c360-trace" style={{ borderColor: token.colorBorder }}>
      {request.history.map((step, index) => (
        <li key={index}>
          <b style={{ background: token.colorPrimary }} />
          <div>
            {t(`step.${step.state}`)} · {actor(step.by)}
          </div>
          <time className="tabular" dateTime={step.at} style={{ color: token.colorTextTertiary }}>
            {formats.time(step.at)}
          </time>
          {step.note !== "" && <div style={{ color: token.colorTextSecondary }}>{step.note}</div>}
        </li>
      ))}
    </ol>
  );
}
