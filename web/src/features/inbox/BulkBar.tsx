/** What can be done with the chosen tickets. */
import { CloseOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Verb } from "./useChooser";
import { MOST } from "./useBulk";

const VERBS: readonly { verb: Verb; keys: string }[] = [
  { verb: "assign", keys: "t" },
  { verb: "status", keys: "s" },
  { verb: "priority", keys: "p" },
  { verb: "addTag", keys: "" },
  { verb: "removeTag", keys: "" },
];

interface Props {
  count: number;
  loaded: number;
  tagged: boolean;
  onVerb: (verb: Verb) => void;
  onAll: () => void;
  onNone: () => void;
}

export function BulkBar({ count, loaded, tagged, onVerb, onAll, onNone }: Props) {
  const { t } = useTranslation("inbox");
  return (
    <div className="inbox-bulk" role="toolbar" aria-label={t("bulk.label")}>
      <strong aria-live="polite">{t("bulk.chosen", { count })}</strong>
      {VERBS.filter(({ verb }) => verb !== "removeTag" || tagged).map(({ verb, keys }) => (
        <Button key={verb} size="small" onClick={() => onVerb(verb)}>
          {t(`bulk.${verb}`)} {keys && <kbd aria-hidden="true">{keys}</kbd>}
        </Button>
      ))}
      <span className="inbox-bulk-end">
        {count < Math.min(loaded, MOST) && (
          <Button size="small" type="link" onClick={onAll}>
            {t("bulk.all", { count: Math.min(loaded, MOST) })}
          </Button>
        )}
        <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t("bulk.none")} onClick={onNone} />
      </span>
    </div>
  );
}
