import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { NotFound } from "@/app/NotFound";
import { TicketPane } from "./TicketPane";

/** One ticket with an address of its own, to be sent to a colleague. */
export function TicketPage() {
  const { t } = useTranslation("ticket");
  const id = Number(useParams().id);
  const known = Number.isInteger(id) && id > 0;
  useEffect(() => {
    document.title = `#${id} ${t("title")} · Support Copilot`;
  }, [id, t]);
  if (!known) return <NotFound />;
  return (
    <>
      <h1 className="visually-hidden">{`${t("title")} #${id}`}</h1>
      <TicketPane key={id} ticketId={id} />
    </>
  );
}
