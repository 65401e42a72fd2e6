import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { Nothing, Panel } from "./Panel";

/** When tickets begin: a week by hours, a table that is coloured by its numbers. */
export function HourMap({ hours }: { hours: readonly (readonly number[])[] }) {
  const { t, i18n } = useTranslation("dashboard");
  const { token } = theme.useToken();
  const most = Math.max(...hours.map((row) => Math.max(...row)));
  // 2024-01-01 was a Monday
  const day = new Intl.DateTimeFormat(i18n.language, { weekday: "short", timeZone: "UTC" });
  if (most === 0)
    return (
      <Panel of="hours">
        <Nothing />
      </Panel>
    );
  return (
    <Panel of="hours">
      <div className="db-scroll" tabIndex={0} role="region" aria-label={t("figure.hours")}>
        <table className="db-hours tabular">
          <thead>
            <tr style={{ color: token.colorTextSecondary }}>
              <th scope="col">
                <span className="visually-hidden">{t("daily.day")}</span>
              </th>
              {Array.from({ length: 24 }, (_, hour) => (
                <th key={hour} scope="col">
                  <span className={hour % 3 === 0 ? undefined : "visually-hidden"}>{hour}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {hours.map((row, weekday) => (
              <tr key={weekday}>
                <th scope="row" style={{ color: token.colorTextSecondary }}>
                  {day.format(new Date(Date.UTC(2024, 0, 1 + weekday)))}
                </th>
                {row.map((count, hour) => (
                  <td
                    key={hour}
                    title={t("hours.cell", { hour, n: count })}
                    style={{
                      background: `color-mix(in srgb, ${token.colorPrimary} ${Math.round((85 * count) / most)}%, ${token.colorFillQuaternary})`,
                    }}
                  >
                    <span className="visually-hidden">{count}</span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p style={{ margin: "8px 0 0", fontSize: 12, color: token.colorTextSecondary }}>{t("hours.most", { n: most })}</p>
    </Panel>
  );
}
