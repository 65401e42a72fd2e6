/** Which draft is for now: the newest one for the customer's newest message, as long as nobody has answered it. */
import { useEffect, useState } from "react";
import { api } from "@/api/client";
import { useMay } from "@/api/session";
import type { Message, Suggestion, Ticket } from "./data";
import { refresh } from "./data";

const EXPECTED_MS = 45_000;
const ASK_MS = 1500;

/** Another draft was asked for at a time, when `newest` was the newest one. */
export interface Asked {
  at: number;
  newest: number;
}

export interface CurrentDraft {
  /** pending or drafting, to act on */
  draft: Suggestion | null;
  /** the newest one was put aside */
  rejected: Suggestion | null;
  /** a draft must come at any moment */
  expected: boolean;
  /** nobody has answered the newest message and there is no draft for it */
  missing: boolean;
}

export function useCurrentDraft(ticket: Ticket | undefined, messages: readonly Message[], suggestions: readonly Suggestion[] | undefined, asked: Asked | null): CurrentDraft {
  const inbound = messages.findLast((one) => one.direction === "in");
  const answered = messages.findLast((one) => one.direction === "out" && one.visibility === "public" && one.delivery?.state !== "cancelled" && one.seq > (inbound?.seq ?? 0));
  const newest = suggestions?.find((one) => one.message_id === inbound?.id);
  const live = newest && (newest.state === "pending" || newest.state === "drafting") ? newest : null;
  const draft = live && (!answered || Date.parse(live.created_at) > Date.parse(answered.created_at)) ? live : null;
  const rejected = newest?.state === "rejected" && !answered ? newest : null;
  const [now, setNow] = useState(() => Date.now());
  const another = asked !== null && asked.newest === (newest?.id ?? 0);
  const since = another ? asked.at : inbound && !newest ? Date.parse(inbound.created_at) : 0;
  const open = ticket !== undefined && !["resolved", "closed"].includes(ticket.status);
  const expected = open && !draft && suggestions !== undefined && since > 0 && now - since < EXPECTED_MS && (another || !answered);
  const ticketId = ticket?.id;
  useEffect(() => {
    if (!expected || ticketId === undefined) return undefined;
    const timer = window.setInterval(() => {
      setNow(Date.now());
      void refresh(ticketId);
    }, ASK_MS);
    return () => window.clearInterval(timer);
  }, [expected, ticketId]);
  return { draft, rejected, expected, missing: open && suggestions !== undefined && inbound !== undefined && !answered && !draft && !rejected && !expected };
}

/** Whether the bot may answer this ticket by itself at this moment. */
export function useBotMayAnswer(ticket: Ticket | undefined, working: boolean): boolean {
  const may = useMay("grants:read");
  const wanted = working && ticket !== undefined && !ticket.bot_stopped && ticket.assignee_id === null;
  const grants = api.useQuery("get", "/api/v1/grants", {}, { enabled: may && wanted, staleTime: 60_000 });
  const [opened] = useState(() => Date.now());
  return wanted && (grants.data ?? []).some((one) => one.shop_id === ticket.shop_id && one.revoked_at === null && Date.parse(one.expires_at) > opened);
}
