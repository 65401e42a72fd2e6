import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { useIntents } from "@/api/lookups";
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
      <div className="ev-scroll ev-low" tabIndex={0} role="region" aria-label={t("byIntent")}>
        <table className="ev-table">
          <thead>
            <tr style={{ color: token.colorTextSecondary }}>
              <th scope="col">{t("intent")}</th>
              <th scope="col" className="ev-number">
                {t("questions")}
              </th>
              <th scope="col" className="ev-number">
                {t("answered")}
              </th>
              <th scope="col" className="ev-number">
                {t("right")}
              </th>
            </tr>
          </thead>
          <tbody>
            {groups.map((one) => (
              <tr key={one.intent ?? ""} style={{ borderColor: token.colorBorderSecondary }}>
                <th scope="row">{one.intent ? intents.nameOf(one.intent) : t("noIntent")}</th>
                <td className="ev-number tabular">{number(one.questions)}</td>
                <td className="ev-number">
                  <ShareText brief share={one.answered} />
                </td>
                <td className="ev-number">
                  <ShareText brief share={one.right} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
