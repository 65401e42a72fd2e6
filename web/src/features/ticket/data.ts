/** What the ticket screen reads, and how it changes a ticket. */
import { App } from "antd";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { api, client, Problem, type Schemas } from "@/api/client";
import { useIntents, useStaff } from "@/api/lookups";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";

export type Ticket = Schemas["TicketOut"];
export type Message = Schemas["MessageOut"];
export type Suggestion = NonNullable<ReturnType<typeof useSuggestions>["data"]>[number];
export type Answer = NonNullable<Suggestion["answer"]>;
export type Citation = Answer["draft"]["citations"][number];
export type Sentence = Answer["draft"]["sentences"][number];
export type Found = Answer["hits"][number];
export type Checked = NonNullable<Awaited<ReturnType<typeof checkReply>>>;
export type Hit = Awaited<ReturnType<typeof searchSources>>[number];
export type EditKind = Schemas["KindsIn"]["kinds"][number];
export type TicketChange = Schemas["TicketChanges"];

/** Intents with their probability, likeliest first. */
export const rankingOf = (answer: Answer) => answer.classification.ranking as unknown as readonly (readonly [string, number])[];

const of = (ticketId: number) => ({ params: { path: { ticket_id: ticketId } } });

export const useTicket = (ticketId: number) => api.useQuery("get", "/api/v1/tickets/{ticket_id}", of(ticketId));

/** A reply on its way is looked after: that a try has failed, and when the next one is, no hint says. */
export const useMessages = (ticketId: number) =>
  api.useQuery("get", "/api/v1/tickets/{ticket_id}/messages", of(ticketId), {
    refetchInterval: ({ state }) => (state.data?.items.some((one) => ["queued", "sending"].includes(one.delivery?.state ?? "")) ? 5000 : false),
  });

/** The drafts of the newest customer message come first; one that is written at this moment is asked for again. */
export const useSuggestions = (ticketId: number) =>
  api.useQuery("get", "/api/v1/tickets/{ticket_id}/suggestions", of(ticketId));

export const useTimeline = (ticketId: number, enabled: boolean) =>
  api.useQuery("get", "/api/v1/tickets/{ticket_id}/timeline", of(ticketId), { enabled });

/** Each sentence of a reply against its sources, as sending will check it. */
export async function checkReply(ticketId: number, body: Schemas["CheckIn"]) {
  return (await client.POST("/api/v1/tickets/{ticket_id}/check", { ...of(ticketId), body })).data;
}

/** What staff may see of a shop's knowledge. */
export async function searchSources(shopId: number, query: string) {
  const { data } = await client.POST("/api/v1/search", { body: { query, shop_id: shopId, audience: "staff", limit: 8 } });
  return data ?? [];
}

/** "物流查询" for "where_is_my_parcel". */
export function useIntentName(): (id: string | null) => string {
  const { t } = useTranslation("ticket");
  const { nameOf } = useIntents();
  return (id) => (id === null ? t("intent.none") : nameOf(id));
}

export function useStaffName(): (id: number | null) => string {
  const { t } = useTranslation("ticket");
  const { nameOf } = useStaff();
  return (id) => (id === null ? t("header.nobody") : (nameOf(id) ?? `#${id}`));
}

export const refresh = (ticketId: number) => invalidate("/api/v1/tickets/{ticket_id}", { ticket_id: ticketId });

/** Says what went wrong, and reads again when somebody else was first: what is shown is then the latest. */
export function useTell(ticketId: number): (error: unknown) => void {
  const { message, notification } = App.useApp();
  const { t } = useTranslation("ticket");
  const text = useErrorText();
  return useCallback(
    (error: unknown) => {
      if (error instanceof Problem && [409, 412].includes(error.status)) {
        notification.warning({ key: "conflict", title: t("conflict.title"), description: `${text(error)} ${t("conflict.hint")}`, duration: 8 });
        void refresh(ticketId);
        return;
      }
      void message.error(text(error));
    },
    [message, notification, t, text, ticketId],
  );
}

/** Changes the ticket as it was read; 412 tells that a colleague was first and shows theirs. */
export function useChangeTicket(ticket: Ticket | undefined): (change: TicketChange) => Promise<void> {
  const tell = useTell(ticket?.id ?? 0);
  return async (change) => {
    if (!ticket) return;
    try {
      await client.PATCH("/api/v1/tickets/{ticket_id}", {
        params: { path: { ticket_id: ticket.id }, header: { "If-Match": `"${ticket.version}"` } },
        body: change,
      });
      await refresh(ticket.id);
      void invalidate("/api/v1/tickets");
    } catch (error) {
      tell(error);
    }
  };
}
