import { Drawer, Skeleton, Timeline } from "antd";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/components/format";
import { ErrorState } from "@/components/states";
import { useIntentName, useStaffName, useTimeline } from "./data";

/** What happened to the ticket, oldest first, by whom. */
export function TimelineDrawer({ ticketId, open, onClose }: { ticketId: number; open: boolean; onClose: () => void }) {
  const { t, i18n } = useTranslation(["ticket", "common"]);
  const { time } = useFormats();
  const staff = useStaffName();
  const intent = useIntentName();
  const events = useTimeline(ticketId, open);
  const value = (field: unknown, word: unknown): string => {
    if (word === null || word === undefined || word === "") return t("timeline.none");
    if (field === "intent") return intent(String(word));
    for (const group of ["status", "priority"] as const) {
      if (field === group && i18n.exists(`common:${group}.${String(word)}`)) return t(`common:${group}.${String(word)}` as "common:status.new");
    }
    return String(word);
  };
  const what = (name: string, data: Readonly<Record<string, unknown>>): string => {
    if (name === "TicketChanged" || name === "ClassificationCorrected") {
      const field = i18n.exists(`ticket:timeline.field.${String(data.field)}`) ? t(`timeline.field.${String(data.field)}` as "timeline.field.status") : String(data.field);
      return data.new === null && data.old === null ? t("timeline.changed", { field }) : t("timeline.from", { field, old: value(data.field, data.old), new: value(data.field, data.new) });
    }
    if (name === "TicketAssigned") return t("timeline.assigned", { name: staff(data.assignee_id as number | null) });
    if (name === "DeliveryChanged") return t("timeline.delivery", { state: t(`delivery.${String(data.state)}` as "delivery.sent") });
    if (name === "SuggestionReviewed") return t(`timeline.reviewed.${String(data.verdict)}` as "timeline.reviewed.accepted");
    return i18n.exists(`ticket:timeline.event.${name}`) ? t(`timeline.event.${name}` as "timeline.event.NoteAdded") : name;
  };
  const who = (kind: string, id: number | null): string =>
    kind === "staff" ? staff(id) : i18n.exists(`ticket:timeline.actor.${kind}`) ? t(`timeline.actor.${kind}` as "timeline.actor.bot") : kind;
  return (
    <Drawer open={open} onClose={onClose} size={420} title={t("timeline.title")} destroyOnHidden>
      {events.isPending && <Skeleton active />}
      {events.error && <ErrorState error={events.error} onRetry={() => void events.refetch()} />}
      <Timeline
        items={(events.data ?? []).filter(once).map((one) => ({
          key: one.id,
          content: (
            <>
              <div>{what(one.name, one.data)}</div>
              <small>
                {who(one.actor_kind, one.actor_id)} · <time dateTime={one.at}>{time(one.at)}</time>
              </small>
            </>
          ),
        }))}
      />
    </Drawer>
  );
}

interface Told {
  name: string;
  data: Readonly<Record<string, unknown>>;
}

/** A correction is also a change of the ticket: it is told once. */
function once(one: Told, at: number, all: readonly Told[]): boolean {
  if (one.name !== "ClassificationCorrected") return true;
  return ![all[at - 1], all[at + 1]].some((near) => near?.name === "TicketChanged" && near.data.field === one.data.field && near.data.new === one.data.new);
}
