import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { useIntents } from "@/api/lookups";
import { DataTable } from "@/components/DataTable";
import { useFormats } from "@/components/format";
import type { Group } from "./data";
import { ShareText } from "./ShareText";

/** The same figures intent by intent, what is asked most first. */
export function Groups({ groups }: { groups: readonly Group[] }) {
  const { t } = useTranslation("backtest");
  const { token } = theme.useToken();
  const { number } = useFormats();
  const intents = useIntents();
  return (
    <section className="ev-card" style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }} aria-label={t("byIntent")}>
      <header className="ev-head">
        <h2>{t("byIntent")}</h2>
      </header>
      <DataTable
        low
        label={t("byIntent")}
        heads={[{ label: t("intent") }, { label: t("questions"), figure: true }, { label: t("answered"), figure: true }, { label: t("right"), figure: true }]}
        rows={groups.map((one) => ({
          key: one.intent ?? "",
          cells: [one.intent ? intents.nameOf(one.intent) : t("noIntent"), number(one.questions), <ShareText key="answered" brief share={one.answered} />, <ShareText key="right" brief share={one.right} />],
        }))}
      />
    </section>
  );
}
