/** The verifier's reasons in the reader's language. They come as English sentences with the words they are about. */
import { useTranslation } from "react-i18next";

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^\w+ (.+) is not in the source$/, "notInSource"],
  [/^(.+) means something else in the source$/, "meansElse"],
  [/^(.+) has another unit or limit in the source$/, "otherUnit"],
  [/^(.+) (?:may belong|belongs) to something else in the source$/, "belongsElse"],
  [/^(.+) stands in another place in the source$/, "otherPlace"],
  [/^the numbers come in another order in the source$/, "otherOrder"],
  [/^the source does not say this: (.+)$/, "notSaid"],
  [/^not in the source: (.+)$/, "notSaid"],
  [/^the source does not say (.+)$/, "notSaid"],
  [/^the source says (.+), not (.+)$/, "saysOther"],
  [/^the source says the opposite about (.+)$/, "opposite"],
  [/^the source both affirms and denies (.+)$/, "both"],
  [/^the (?:source does not deny|sentence denies what the source does not deny) ?(.*)$/, "denies"],
  [/^leaves out a condition: (.+)$/, "leavesOut"],
  [/^leaves out (.+)$/, "leavesOut"],
  [/^(.+) and (.+) have changed places$/, "exchanged"],
  [/^says that something was done/, "actionClaimed"],
  [/^promises an action that no record shows/, "promise"],
  [/^no source is cited$/, "noSource"],
  [/^nothing in it can be checked$/, "unchecked"],
  [/^the source is in another language$/, "otherLanguage"],
  [/^joins words of different sentences$/, "pieced"],
  [/^a blank is not filled in$/, "blank"],
  [/^the source gives orders to a model$/, "instruction"],
];

export function useReason(): (reason: string) => string {
  const { t, i18n } = useTranslation("ticket");
  return (reason) => {
    if (i18n.language === "en") return reason;
    for (const [pattern, key] of PATTERNS) {
      const found = pattern.exec(reason);
      if (found) return t(`reasons.${key}` as "reasons.noSource", { one: found[1] ?? "", two: found[2] ?? "" });
    }
    return reason;
  };
}
