import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { Ago, useFormats } from "@/components/format";
import { HeldOut, heldOut } from "./HeldOut";
import type { Version } from "./KindSection";

/** What the last training came to: promoted or not, and by which figures. Nothing for one whose version is not listed. */
export function Outcome({ version, at }: { version: Version | undefined; at: string | null }) {
  const { t } = useTranslation("models");
  const { number } = useFormats();
  const held = version === undefined ? null : heldOut(version);
  if (version === undefined || held === null) return null;
  const chance = held.pValue !== null && held.pValue >= 0.05;
  const why = held.high < 0 ? "worse" : held.low <= 0 ? "chance" : chance ? "few" : "better";
  return (
    <Alert
      type={why === "better" ? "success" : "info"}
      showIcon
      title={t(why === "better" ? "train.promoted" : "train.notPromoted", { version: version.version })}
      description={
        <>
          <div>
            <HeldOut version={version} />
          </div>
          <div>
            {t(`train.why.${why}`, { p: number(held.pValue ?? 1, 3) })} {at !== null && <Ago at={at} />}
          </div>
        </>
      }
    />
  );
}
