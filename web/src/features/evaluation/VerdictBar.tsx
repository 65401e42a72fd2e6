import { Button, theme } from "antd";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/components/format";
import type { useReview } from "./useReview";

/** One press a verdict; it stays in reach of the thumb on a telephone. */
export function VerdictBar({ review, off, onSource }: { review: ReturnType<typeof useReview>; off: boolean; onSource: () => void }) {
  const { t } = useTranslation("evaluation");
  const { token } = theme.useToken();
  const { number } = useFormats();
  const { given, items, judge, undo } = review;
  if (items.length === 0 && given.length === 0) return null;
  return (
    <div className="rv-verdicts" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }} role="group" aria-label={t("review.verdict")}>
      <Button type="primary" disabled={off} onClick={() => void judge("right")}>
        {t("review.right")} <kbd>Y</kbd>
      </Button>
      <Button disabled={off} onClick={() => void judge("wrong")}>
        {t("review.wrong")} <kbd>N</kbd>
      </Button>
      <Button disabled={off} onClick={onSource}>
        {t("review.source")} <kbd>G</kbd>
      </Button>
      <Button disabled={off} onClick={() => void judge("retire")}>
        {t("review.retire")} <kbd>X</kbd>
      </Button>
      <span className="ev-grow" />
      {given.length > 0 && (
        <>
          <span role="status" className="tabular" style={{ color: token.colorTextSecondary }}>
            {t("review.judged", { n: number(given.length) })}
          </span>
          <Button onClick={() => void undo()}>
            {t("review.undo")} <kbd>Z</kbd>
          </Button>
        </>
      )}
    </div>
  );
}
