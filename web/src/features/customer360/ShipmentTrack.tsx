import { Alert, Button, theme } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Ago, useFormats } from "@/components/format";
import { Copyable } from "./Copyable";
import { ParcelStatus, type Shipment } from "./tags";

const STEPS = ["created", "picked_up", "in_transit", "out_for_delivery", "delivered"] as const;
const OVER = new Set(["delivered", "returned"]);
const STALE_DAYS = 3;

/** ●─●─○─○: how far the parcel has come, its last line, and the whole trace on demand. `settled`: the order is over. */
export function ShipmentTrack({ shipment, open = false, settled = false }: { shipment: Shipment; open?: boolean; settled?: boolean }) {
  const { t } = useTranslation("orders");
  const { token } = theme.useToken();
  const formats = useFormats();
  const [shown, setShown] = useState(open);
  const events = [...shipment.events].sort((a, b) => b.at.localeCompare(a.at));
  const last = events[0];
  const at = STEPS.indexOf(shipment.reached as (typeof STEPS)[number]);
  const under = !settled && !OVER.has(shipment.reached);
  const late = shipment.estimated_at !== null && dayjs(shipment.estimated_at).isBefore(dayjs());
  const stale = last !== undefined && under && !OVER.has(shipment.reached) && dayjs().diff(last.at, "day") >= STALE_DAYS;
  const colour = shipment.reached === "exception" ? token.colorError : token.colorPrimary;
  return (
    <div className="c360-track">
      <div className="c360-row">
        <span style={{ color: token.colorTextSecondary, flexShrink: 0 }}>{shipment.carrier ?? t("shipments.carrierUnknown")}</span>
        <Copyable text={shipment.tracking_no} what={t("shipments.copyNo")} />
        <span style={{ marginLeft: "auto" }}>
          <ParcelStatus status={shipment.reached} />
        </span>
      </div>
      {at >= 0 && (
        <div className="c360-dots" role="img" aria-label={t("shipments.progress", { step: t(`shipment.${shipment.reached}`) })}>
          {STEPS.map((step, index) => (
            <span key={step} className="c360-dot-cell" title={t(`shipment.${step}`)}>
              {index > 0 && <i style={{ background: index <= at ? colour : token.colorBorder }} />}
              <b style={{ borderColor: index <= at ? colour : token.colorBorder, background: index <= at ? colour : "transparent" }} />
            </span>
          ))}
        </div>
      )}
      {last === undefined ? (
        <div style={{ color: token.colorTextTertiary }}>{t("shipments.noEvents")}</div>
      ) : (
        <div className="c360-last">
          <Ago at={last.at} />
          <span>{[last.location, last.description].filter(Boolean).join(" · ")}</span>
        </div>
      )}
      {stale && <Alert type="warning" showIcon style={{ padding: "2px 8px" }} title={t("shipments.stale", { age: dayjs(last.at).fromNow(true) })} />}
      {shipment.estimated_at !== null && under && (
        <div style={{ color: late ? token.colorWarning : token.colorTextTertiary }}>{t(late ? "shipments.estimatedPast" : "shipments.estimated", { when: formats.date(shipment.estimated_at) })}</div>
      )}
      {events.length > 1 && (
        <Button type="link" size="small" style={{ padding: 0, height: "auto", alignSelf: "flex-start" }} aria-expanded={shown} onClick={() => setShown(!shown)}>
          {shown ? t("shipments.hideTrace") : t("shipments.showTrace", { count: events.length })}
        </Button>
      )}
      {shown && (
        <ol className="c360-trace" style={{ borderColor: token.colorBorder }}>
          {events.map((event, index) => (
            <li key={`${event.at}:${index}`}>
              <b style={{ background: index === 0 ? colour : token.colorTextQuaternary }} />
              <time className="tabular" dateTime={event.at} style={{ color: token.colorTextTertiary }}>
                {formats.time(event.at)}
              </time>
              <div>{[event.location, event.description].filter(Boolean).join(" · ")}</div>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
