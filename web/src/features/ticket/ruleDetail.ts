/** The rules of the decision and what each found, in the reader's language, wherever they are shown. */
import { useTranslation } from "react-i18next";
import { useIntents } from "@/api/lookups";

/** What a rule demands. */
export function useRuleName(): (rule: string) => string {
  const { t, i18n } = useTranslation("ticket");
  return (rule) => (i18n.exists(`ticket:rules.${rule}`) ? t(`rules.${rule}` as "rules.granted") : rule);
}

/** What it found: it comes as an English phrase or as words of the case. */
export function useRuleDetail(): (rule: string, detail: string) => string {
  const { t, i18n } = useTranslation("ticket");
  const { nameOf } = useIntents();
  return (rule, detail) => {
    if (rule === "intent_certain" || rule === "intent_allowed") return detail.replace(/^\w+/, (id) => (id === "none" ? t("intent.none") : nameOf(id)));
    const share = rule === "confident" ? /^([\d.]+) of ([\d.]+)$/.exec(detail) : null;
    if (share) return t("why.share", { value: share[1], wanted: share[2] });
    const alone = rule === "confident" ? /^([\d.]+), no grant says how much is enough$/.exec(detail) : null;
    if (alone) return t("why.noneWanted", { value: alone[1] });
    const grant = rule === "granted" ? /^grant (\d+)$/.exec(detail) : null;
    if (grant) return t("why.grant", { id: grant[1] });
    const chance = rule === "confident" ? /^acceptance ([\d.]+) of ([\d.]+)$/.exec(detail) : null;
    if (chance) return t("why.acceptance", { value: chance[1], wanted: chance[2] });
    const key = `why.detail.${detail.replaceAll(/[^a-z]+/gi, "_")}`;
    return i18n.exists(`ticket:${key}`) ? t(key as "why.detail.not_handed_over") : detail;
  };
}
