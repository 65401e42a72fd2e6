/** How a reply, a note or a draft is sent, and the deliberate steps that some need. */
import { App } from "antd";
import { createElement, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, idempotencyKey, Problem, Unreachable } from "@/api/client";
import type { Writing } from "./composerState";
import { refresh, type Suggestion, useTell } from "./data";
import { useReason } from "./reasons";

const AGAIN_MS = 3000;

interface Steps {
  confirm_unverified: boolean;
  confirm_internal: boolean;
}
/** Called with the number of the message, as soon as the server has it. */
type Sent = (id: number | undefined) => void;

interface Doubt {
  text: string;
  reasons: string[];
}

/** Asks for a step that the server wants; false: the agent goes back to the text. */
function useAsk(): (problem: Problem) => Promise<Partial<Steps> | null> {
  const { modal } = App.useApp();
  const { t } = useTranslation("ticket");
  const reason = useReason();
  return useCallback(
    async (problem) => {
      const unverified = "confirm_unverified" in problem.fields;
      if (!unverified && !("confirm_internal" in problem.fields)) return null;
      const lines = unverified
        ? ((problem.body.unverified ?? []) as Doubt[]).map((one) => `${one.text} — ${one.reasons.map(reason).join(t("list.and"))}`)
        : ((problem.body.internal ?? []) as string[]);
      const agreed = await modal.confirm({
        title: t(unverified ? "confirm.unverified" : "confirm.internal"),
        content: createElement("ul", { className: "ticket-doubts" }, ...lines.map((line) => createElement("li", { key: line }, line))),
        okText: t("confirm.sendAnyway"),
        okButtonProps: { danger: true },
        cancelText: t("confirm.back"),
        focusable: { autoFocusButton: "cancel" },
        width: 520,
      });
      if (!agreed) return null;
      return unverified ? { confirm_unverified: true } : { confirm_internal: true };
    },
    [modal, reason, t],
  );
}

export function useSending(ticketId: number) {
  const tell = useTell(ticketId);
  const ask = useAsk();
  const [busy, setBusy] = useState(false);
  const [waiting, setWaiting] = useState(false);
  const running = useRef(false);
  const retry = useRef<(() => void) | null>(null);
  const intention = useRef<{ said: string; key: string } | null>(null);

  /** Repeats with the steps that were asked for and taken. `onSent` is called at once, before the ticket is read again. */
  const withSteps = useCallback(
    async (send: (steps: Steps) => Promise<number | undefined>, first: Partial<Steps>, onSent: Sent): Promise<void> => {
      if (running.current) return;
      running.current = true;
      setBusy(true);
      let steps: Steps = { confirm_unverified: false, confirm_internal: false, ...first };
      try {
        for (;;) {
          try {
            const id = await send(steps);
            setWaiting(false);
            onSent(id);
            await refresh(ticketId);
            return;
          } catch (error) {
            const more = error instanceof Problem && error.status === 422 ? await ask(error) : null;
            if (more) {
              steps = { ...steps, ...more };
              continue;
            }
            if (error instanceof Problem && error.status === 422 && Object.keys(error.fields).some((field) => field.startsWith("confirm_"))) return;
            if (error instanceof Unreachable) setWaiting(true); // the composer says so
            else tell(error);
            return;
          }
        }
      } finally {
        running.current = false;
        setBusy(false);
      }
    },
    [ask, tell, ticketId],
  );

  /** The draft as it is (`writing` null) or as it was edited. */
  const approve = useCallback(
    (suggestion: Suggestion, writing: Writing | null, onSent: Sent) =>
      withSteps(
        (steps) =>
          client.POST("/api/v1/suggestions/{suggestion_id}/approve", {
            params: { path: { suggestion_id: suggestion.id }, header: { "If-Match": `"${suggestion.version}"` } },
            body: {
              text: writing?.text ?? null,
              sources: writing?.sources.map((one) => one.passageId) ?? [],
              attachment_ids: writing?.attachments.map((one) => one.id) ?? [],
              ...steps,
            },
          }).then(({ data }) => data?.message_id ?? undefined),
        { confirm_internal: hasInternal(writing) },
        onSent,
      ),
    [withSteps],
  );

  const write = useCallback(
    (writing: Writing, version: number, onSent: Sent) => {
      // the same words once more are the same intention: an answer that was lost must not send them twice
      const said = JSON.stringify([writing.kind, writing.text, writing.attachments]);
      if (intention.current?.said !== said) intention.current = { said, key: idempotencyKey() };
      const key = intention.current.key;
      return withSteps(
        (steps) =>
          client.POST("/api/v1/tickets/{ticket_id}/messages", {
            // another key for another body: what was refused is not what is repeated
            params: {
              path: { ticket_id: ticketId },
              header: {
                "Idempotency-Key": `${key}-${Number(steps.confirm_unverified)}${Number(steps.confirm_internal)}`,
                // a reply is to what was read; a note fits always
                ...(writing.kind === "reply" && { "If-Match": `"${version}"` }),
              },
            },
            body: {
              kind: writing.kind,
              text: writing.text,
              sources: writing.kind === "reply" ? writing.sources.map((one) => one.passageId) : [],
              attachment_ids: writing.attachments.map((one) => one.id),
              ...steps,
            },
          }).then(({ data }) => data?.id),
        { confirm_internal: hasInternal(writing) },
        (id) => {
          intention.current = null;
          onSent(id);
        },
      );
    },
    [ticketId, withSteps],
  );

  useEffect(() => {
    const again = () => retry.current?.();
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, []);
  useEffect(() => {
    if (!waiting) return undefined;
    // a network that is back does not answer at once
    const timer = window.setInterval(() => {
      if (navigator.onLine) retry.current?.();
    }, AGAIN_MS);
    return () => window.clearInterval(timer);
  }, [waiting]);

  /** What is done once the network is back; null when nothing waits. */
  const whenOnline = useCallback((next: (() => void) | null) => {
    retry.current = next;
  }, []);

  return { approve, write, busy, waiting, whenOnline };
}

/** An internal source was agreed to when it was inserted. */
function hasInternal(writing: Writing | null): boolean {
  return writing?.sources.some((one) => one.audience !== "public") ?? false;
}
