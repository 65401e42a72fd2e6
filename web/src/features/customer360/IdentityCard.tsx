import { Tag, theme, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schemas } from "@/api/client";
import { useFormats } from "@/components/format";
import { Copyable } from "./Copyable";
import { Verified } from "./Identities";
import { Stage } from "./tags";
import { TagEditor } from "./TagEditor";

type Overview = Schemas["OverviewOut"];

/** The head of the panel: who this is, how sure we are, what they bought. Without `linked` the page says the name. */
export function IdentityCard({ overview, linked = true }: { overview: Overview; linked?: boolean }) {
  const { t } = useTranslation("customers");
  const { token } = theme.useToken();
  const { customer } = overview;
  const name = customer.name || t("anonymous", { ns: "common" });
  return (
    <section className="c360-section" style={{ display: "flex", flexDirection: "column", gap: 6 }}>
      <div className="c360-row">
        {linked && (
          <h2 className="c360-ellipsis" style={{ fontSize: 16, margin: 0, flex: "0 1 auto" }} title={name}>
            <Link to={`/customers/${customer.id}`}>{name}</Link>
          </h2>
        )}
        <Verified identities={customer.identities} />
        {customer.tier !== null && customer.tier !== "" && (
          <Tag variant="outlined" style={{ margin: 0, fontWeight: 600 }}>
            {customer.tier}
          </Tag>
        )}
        <Stage stage={overview.figures.lifecycle} />
      </div>
      <Figures figures={overview.figures} />
      <div className="c360-row" style={{ color: token.colorTextSecondary }}>
        {customer.phone !== null && <Copyable text={customer.phone} what={t("form.phone")} />}
        {customer.email !== null && <Copyable text={customer.email} what={t("form.email")} />}
      </div>
      <TagEditor customerId={customer.id} tags={customer.tags} />
    </section>
  );
}

/** How many orders and tickets, what was spent, how satisfied: one line. */
export function Figures({ figures }: { figures: Overview["figures"] }) {
  const { t } = useTranslation("customers");
  const { token } = theme.useToken();
  const formats = useFormats();
  const spent = Object.entries(figures.spent).map(([currency, amount]) => formats.money(amount, currency));
  return (
    <div className="c360-row tabular" style={{ color: token.colorTextSecondary, columnGap: 12 }}>
      <span>{t("panel.figures", { orders: figures.orders, tickets: figures.tickets })}</span>
      {spent.length > 0 && (
        <Tooltip title={t("panel.spentHint")}>
          <span>
            {t("spent")} {spent.join(" + ")}
          </span>
        </Tooltip>
      )}
      <span>
        {figures.satisfaction === null
          ? t("panel.noSatisfaction")
          : t("panel.satisfaction", { score: formats.number(figures.satisfaction, 1), n: figures.ratings })}
      </span>
    </div>
  );
}
