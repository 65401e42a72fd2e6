/** Says which part is away and what still works: offline, the server, search, the model. */
import { Alert } from "antd";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useLiveState } from "@/live/hints";

const ASK_MS = 20_000;

function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => {
      addEventListener("online", listener);
      addEventListener("offline", listener);
      return () => {
        removeEventListener("online", listener);
        removeEventListener("offline", listener);
      };
    },
    () => navigator.onLine,
  );
}

type Parts = Readonly<Record<string, string>>;

/** Names of the parts that do not answer. No part of the API proper, so it does not go through the client. */
function useBrokenParts(online: boolean): readonly string[] {
  const [broken, setBroken] = useState<readonly string[]>([]);
  useEffect(() => {
    if (!online) return undefined;
    let stopped = false;
    const ask = async () => {
      try {
        // eslint-disable-next-line no-restricted-globals
        const answer = await fetch("/readyz?quiet=1");
        const { parts } = (await answer.json()) as { parts: Parts };
        if (!stopped) setBroken(Object.keys(parts).filter((name) => parts[name] !== "ok"));
      } catch {
        if (!stopped) setBroken(["server"]);
      }
    };
    void ask();
    const timer = window.setInterval(() => {
      if (document.visibilityState === "visible") void ask();
    }, ASK_MS);
    return () => {
      stopped = true;
      window.clearInterval(timer);
    };
  }, [online]);
  return broken;
}

const KNOWN = ["server", "database", "schema", "index", "model", "llm"] as const;

export function Banners() {
  const { t } = useTranslation();
  const online = useOnline();
  const live = useLiveState();
  const broken = useBrokenParts(online);
  if (!online) return <Alert banner type="warning" role="status" title={t("banners.offline")} />;
  if (broken.length > 0) {
    const part = KNOWN.find((name) => broken.includes(name)) ?? "server";
    return <Alert banner type={part === "llm" ? "warning" : "error"} role="status" title={t(`banners.${part}`)} />;
  }
  if (live === "lost") return <Alert banner type="warning" role="status" title={t("banners.live")} />;
  return null;
}
