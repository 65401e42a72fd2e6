import { theme } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api } from "@/api/client";
import { useMay } from "@/api/session";
import { NativeSelect } from "@/components/NativeSelect";
import { EmptyState, ErrorState, PageLoading } from "@/components/states";
import { Audits } from "./Audits";
import { ByHand } from "./ByHand";
import "./autonomy.css";
import { History } from "./History";
import { Intents } from "./Intents";
import { Reliability } from "./Reliability";
import { Terms } from "./Terms";

/** What the bot has earned in a shop, on which evidence, and what a supervisor makes of it. */
export function AutonomyPage() {
  const { t } = useTranslation("autonomy");
  const { token } = theme.useToken();
  const [search, setSearch] = useSearchParams();
  const shops = api.useQuery("get", "/api/v1/shops");
  if (shops.error) return <ErrorState error={shops.error} onRetry={() => void shops.refetch()} />;
  if (!shops.data) return <PageLoading />;
  const shop = shops.data.find((one) => String(one.id) === search.get("shop")) ?? shops.data[0];
  if (!shop) return <EmptyState title={t("noShops")} />;
  return (
    <div className="au">
      <div className="au-head">
        <p style={{ color: token.colorTextSecondary }}>{t("hint")}</p>
        <NativeSelect
          label={t("shop")}
          value={String(shop.id)}
          choices={shops.data.map((one) => ({ value: String(one.id), label: one.name }))}
          onChange={(value) => setSearch({ shop: value }, { replace: true })}
        />
      </div>
      <OfShop key={shop.id} shop={shop.id} />
    </div>
  );
}

function OfShop({ shop }: { shop: number }) {
  const may = useMay("grants:write");
  const found = api.useQuery("get", "/api/v1/autonomy/{shop_id}", { params: { path: { shop_id: shop } } });
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <PageLoading />;
  return (
    <>
      <Terms key={found.data.settings.version} settings={found.data.settings} may={may} />
      <Intents shop={shop} intents={found.data.intents} may={may} />
      <ByHand grants={found.data.by_hand} />
      <div className="au-pair">
        <Reliability shop={shop} />
        <div>
          <Audits />
          <History shop={shop} />
        </div>
      </div>
    </>
  );
}
