import { Tag, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Picker } from "./Picker";

interface Props {
  ticketId: number;
  open: boolean;
  onClose: () => void;
  onPick: (text: string) => void;
}

/** Macros with this ticket's values; a variable without a value is said before it is inserted. */
export function MacroPicker(props: Props) {
  return props.open ? <Open {...props} /> : null;
}

function Open({ ticketId, onClose, onPick }: Props) {
  const { t } = useTranslation("ticket");
  const { token } = theme.useToken();
  const [text, setText] = useState("");
  const macros = api.useQuery("get", "/api/v1/tickets/{ticket_id}/macros", { params: { path: { ticket_id: ticketId } } });
  const wanted = text.trim().toLowerCase();
  const items = (macros.data ?? []).filter((one) => `${one.title} ${one.text}`.toLowerCase().includes(wanted));
  return (
    <Picker
      label={t("macros.title")}
      placeholder={t("macros.find")}
      empty={t("macros.none")}
      text={text}
      onText={setText}
      loading={macros.isPending}
      items={items}
      keyOf={(one) => one.id}
      onClose={onClose}
      onPick={(one) => {
        onPick(one.text);
        onClose();
      }}
      show={(one) => (
        <>
          <strong>
            {one.title} {one.for_intent && <Tag color="processing">{t("macros.forIntent")}</Tag>}
          </strong>
          <div style={{ color: token.colorTextSecondary }}>{one.text}</div>
          {one.unfilled.length > 0 && (
            <div style={{ color: token.colorErrorText }}>{t("macros.unfilled", { names: one.unfilled.map((name) => `{{${name}}}`).join(t("list.and")) })}</div>
          )}
        </>
      )}
    />
  );
}
