import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";

export type Intent = Schemas["EarnedIntentOut"];
export type Grant = Schemas["ByHandOut"];
export type State = Intent["state"];

/** What the last look and the monitor wrote; a number that was never written is null. */
export function evidenceOf(intent: Intent) {
  const value = (name: string) => (typeof intent.evidence[name] === "number" ? (intent.evidence[name] as number) : null);
  return { right: value("right"), n: value("n"), lower: value("lower"), audited: value("audited"), wrong: value("audited_wrong"), alarm: value("alarm") };
}

export function useStateName(): (state: string) => string {
  const { t, i18n } = useTranslation("autonomy");
  return (state) => (i18n.exists(`autonomy:state.${state}`) ? t(`state.${state}` as "state.earned") : state);
}
