import { CheckCircleFilled, ExclamationCircleOutlined } from "@ant-design/icons";
import { theme, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useFormats } from "@/components/format";
import { Copyable } from "./Copyable";

type Identity = Schemas["IdentityOut"];

/** A check and how it was found out, or that nobody vouches for this person. */
export function Verified({ identities }: { identities: readonly Identity[] }) {
  const { t, i18n } = useTranslation("customers");
  const { token } = theme.useToken();
  const formats = useFormats();
  const sure = identities.find((one) => one.verified_at !== null);
  const method = sure?.verified_by ?? "";
  const named = i18n.exists(`customers:identity.method.${method}`) ? t(`identity.method.${method}`) : method;
  return sure?.verified_at ? (
    <Tooltip title={t("identity.verifiedHint", { when: formats.date(sure.verified_at), method: named })}>
      <span style={{ color: token.colorSuccess, whiteSpace: "nowrap" }}>
        <CheckCircleFilled aria-hidden /> {t("identity.verified")}
      </span>
    </Tooltip>
  ) : (
    <Tooltip title={t("identity.unverifiedHint")}>
      <span style={{ color: token.colorWarning, whiteSpace: "nowrap" }}>
        <ExclamationCircleOutlined aria-hidden /> {t("identity.unverified")}
      </span>
    </Tooltip>
  );
}

/** Each channel under which the customer writes, with its own verification. */
export function Identities({ identities }: { identities: readonly Identity[] }) {
  const { t, i18n } = useTranslation("customers");
  const { token } = theme.useToken();
  if (identities.length === 0) return <span style={{ color: token.colorTextTertiary }}>{t("detail.noIdentities")}</span>;
  return (
    <ul className="c360-plain">
      {identities.map((one) => (
        <li key={one.id} className="c360-row">
          <span style={{ color: token.colorTextSecondary }}>
            {i18n.exists(`customers:identity.kind.${one.kind}`) ? t(`identity.kind.${one.kind}`) : one.kind}
          </span>
          <Copyable text={one.address} what={t("shopId")} />
          <span style={{ marginLeft: "auto" }}>
            <Verified identities={[one]} />
          </span>
        </li>
      ))}
    </ul>
  );
}
