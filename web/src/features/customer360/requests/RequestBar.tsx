import { DownOutlined } from "@ant-design/icons";
import { Button, Dropdown, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import type { OrderView } from "../tags";
import { RequestDialog } from "./RequestDialog";

type Possible = OrderView["possible"][number];
export type RequestKind = Possible["kind"];

const SHOWN = 3;
/** What is asked most often comes first. */
const ORDER: RequestKind[] = ["cancel", "change_address", "return", "exchange", "expedite", "refund", "reship", "repair"];

/** What can be asked for this order. What cannot stands in the menu with the reason, so that nobody has to guess. */
export function RequestBar({ order, ticketId }: { order: OrderView; ticketId?: number }) {
  const { t } = useTranslation("orders");
  const { token } = theme.useToken();
  const may = useMay("actions:request");
  const [kind, setKind] = useState<RequestKind | null>(null);
  if (!may) return null;
  const inOrder = [...order.possible].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const allowed = inOrder.filter((one) => one.why_not === "");
  const shown = allowed.slice(0, SHOWN);
  const rest = inOrder.filter((one) => !shown.includes(one));
  if (allowed.length === 0) return <span style={{ color: token.colorTextTertiary }}>{t("request.nothing")}</span>;
  const why = (one: Possible) =>
    one.why_not === "open" ? t("request.whyNot.open", { id: one.action_id }) : t(`request.whyNot.${one.kind}`);
  return (
    <div className="c360-actions">
      {shown.map((one) => (
        <Button key={one.kind} size="small" onClick={() => setKind(one.kind)}>
          {t(`kind.${one.kind}`)}
        </Button>
      ))}
      <Dropdown
        trigger={["click"]}
        menu={{
          items: rest.map((one) => ({
            key: one.kind,
            disabled: one.why_not !== "",
            label: one.why_not === "" ? t(`kind.${one.kind}`) : <span>{t(`kind.${one.kind}`)}<span className="c360-why">{why(one)}</span></span>,
          })),
          onClick: ({ key }) => setKind(key as RequestKind),
        }}
      >
        <Button size="small" aria-label={t("request.more")} title={t("request.more")} icon={<DownOutlined />} />
      </Dropdown>
      {kind !== null && <RequestDialog order={order} kind={kind} ticketId={ticketId} onClose={() => setKind(null)} />}
    </div>
  );
}
