import { h } from "./dom";
import type { Speech } from "./texts";
import type { OrderCard, Parcel } from "./types";

const STEPS = ["picked_up", "in_transit", "out_for_delivery", "delivered"];
const WORDS = {
  zh: ["已揽收", "运输中", "派送中", "已签收"],
  en: ["Picked up", "In transit", "Out for delivery", "Delivered"],
};

/** An order of the signed-in shopper, with where its parcels are. */
export function orderCard(speech: Speech, order: OrderCard): HTMLElement {
  const count = order.items.reduce((sum, item) => sum + item.quantity, 0);
  const names = order.items.map((item) => item.name).join(speech.language === "zh" ? "、" : ", ");
  return h("section", { class: "card", "aria-label": `${speech.say("order")} ${order.order_no}` },
    h("div", { class: "top" }, h("span", {}, `${speech.say("order")} ${order.order_no}`),
      h("span", { class: "state" }, order.status_text[speech.language] ?? "")),
    h("div", { class: "items", title: names }, names),
    h("div", { class: "dim" }, `${speech.say(count === 1 ? "item" : "items", { n: count })} · ${speech.money(order.total, order.currency)}`),
    ...order.parcels.map((parcel) => parcelOf(speech, parcel)));
}

function parcelOf(speech: Speech, parcel: Parcel): HTMLElement {
  const at = STEPS.indexOf(parcel.status);
  const last = parcel.events[0];
  const title = [parcel.carrier, parcel.tracking_no].filter(Boolean).join(" ");
  const when = parcel.delivered_at && parcel.status === "delivered"
    ? speech.say("delivered", { time: speech.moment(parcel.delivered_at) })
    : parcel.estimated_at && speech.say("estimated", { time: speech.date(parcel.estimated_at) });
  const words = WORDS[speech.language];
  const track = at >= 0 && h("ol", { class: "track", "aria-hidden": "true" },
    ...STEPS.map((_, step) => h("li", { class: step <= at ? "done" : "" }, words[step] ?? "")));
  const trace = parcel.events.map((event) =>
    h("li", {}, h("span", { class: "dim" }, `${speech.moment(event.at)} `), [event.location, event.description].filter(Boolean).join(" · ")));
  return h("div", {},
    h("div", { class: "top" }, h("span", { class: "dim" }, title),
      h("span", { class: at < 0 ? "state" : "hide" }, parcel.status_text[speech.language] ?? "")),
    track,
    last && h("ul", { class: "trace" }, trace[0] ?? null),
    when && h("div", { class: "dim" }, when),
    trace.length > 1 && h("details", {}, h("summary", {}, speech.say("trace")), h("ul", { class: "trace" }, ...trace.slice(1))));
}
