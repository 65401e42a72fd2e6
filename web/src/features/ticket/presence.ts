/** Tells colleagues that this ticket is open here, and whether somebody types; hears the same of them. */
import { useEffect } from "react";
import { api, client } from "@/api/client";

const BEAT_MS = 10_000;
let told: Promise<unknown> = Promise.resolve();

/** One after the other: "viewing" that overtakes "typing" would hide that somebody types. */
function tell(ticketId: number, state: "viewing" | "typing" | "gone"): void {
  const say = () =>
    client
      .PUT("/api/v1/tickets/{ticket_id}/presence", {
        params: { path: { ticket_id: ticketId } },
        body: { state },
        keepalive: state === "gone",
        signal: AbortSignal.timeout(BEAT_MS),
      })
      .catch(() => undefined);
  told = told.then(say);
}

export function usePresence(ticketId: number, typing: boolean) {
  useEffect(() => {
    const beat = () => {
      if (document.visibilityState === "visible") tell(ticketId, typing ? "typing" : "viewing");
    };
    beat();
    const timer = window.setInterval(beat, BEAT_MS);
    return () => window.clearInterval(timer);
  }, [ticketId, typing]);
  useEffect(() => () => tell(ticketId, "gone"), [ticketId]);
  const others = api.useQuery(
    "get",
    "/api/v1/tickets/{ticket_id}/presence",
    { params: { path: { ticket_id: ticketId } } },
    { refetchInterval: 15_000 },
  );
  return others.data ?? [];
}
