/** Tells colleagues that this ticket is open here, and whether somebody types; hears the same of them. */
import { useEffect } from "react";
import { api, client } from "@/api/client";

const BEAT_MS = 10_000;

export function usePresence(ticketId: number, typing: boolean) {
  useEffect(() => {
    const tell = (state: "viewing" | "typing" | "gone") =>
      void client
        .PUT("/api/v1/tickets/{ticket_id}/presence", { params: { path: { ticket_id: ticketId } }, body: { state } })
        .catch(() => undefined);
    const beat = () => {
      if (document.visibilityState === "visible") tell(typing ? "typing" : "viewing");
    };
    beat();
    const timer = window.setInterval(beat, BEAT_MS);
    return () => window.clearInterval(timer);
  }, [ticketId, typing]);
  useEffect(
    () => () => {
      void client
        .PUT("/api/v1/tickets/{ticket_id}/presence", {
          params: { path: { ticket_id: ticketId } },
          body: { state: "gone" },
          keepalive: true,
        })
        .catch(() => undefined);
    },
    [ticketId],
  );
  const others = api.useQuery(
    "get",
    "/api/v1/tickets/{ticket_id}/presence",
    { params: { path: { ticket_id: ticketId } } },
    { refetchInterval: 15_000 },
  );
  return others.data ?? [];
}
