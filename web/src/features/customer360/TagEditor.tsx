import { PlusOutlined } from "@ant-design/icons";
import { App, AutoComplete, Button, Tag, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useMay } from "@/api/session";
import { useErrorText } from "@/components/states";

/** A customer's tags: added by typing or choosing, taken away with one press. */
export function TagEditor({ customerId, tags }: { customerId: number; tags: readonly string[] }) {
  const { t } = useTranslation("customers");
  const { token } = theme.useToken();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const may = useMay("customers:write");
  const [typing, setTyping] = useState<string | null>(null);
  const known = api.useQuery("get", "/api/v1/customers/facets", {}, { enabled: typing !== null, staleTime: 300_000 }).data?.tags ?? [];

  const change = async (body: { add: string[]; remove: string[] }) => {
    try {
      await client.POST("/api/v1/customers/{customer_id}/tags", { params: { path: { customer_id: customerId } }, body });
    } catch (error) {
      void message.error(errorText(error));
    }
    void invalidate("/api/v1/customers");
  };
  const add = (text: string) => {
    setTyping(null);
    const tag = text.trim();
    if (tag !== "" && !tags.includes(tag)) void change({ add: [tag], remove: [] });
  };
  return (
    <div className="c360-row">
      {tags.map((tag) => (
        <Tag
          key={tag}
          style={{ margin: 0, maxWidth: "100%", overflow: "hidden", textOverflow: "ellipsis" }}
          title={tag}
          closable={may ? { "aria-label": t("tag.remove", { tag }) } : false}
          onClose={(event) => {
            event.preventDefault();
            void change({ add: [], remove: [tag] });
          }}
        >
          {tag}
        </Tag>
      ))}
      {tags.length === 0 && !may && <span style={{ color: token.colorTextTertiary }}>{t("noneShort")}</span>}
      {may && typing === null && (
        <Button size="small" type="dashed" icon={<PlusOutlined />} onClick={() => setTyping("")} style={{ fontSize: 12 }}>
          {t("tag.add")}
        </Button>
      )}
      {typing !== null && (
        <AutoComplete
          autoFocus
          defaultOpen
          size="small"
          style={{ width: 160 }}
          value={typing}
          placeholder={t("tag.placeholder")}
          aria-label={t("tag.add")}
          options={known
            .filter((one) => !tags.includes(one.value) && one.value.toLowerCase().includes(typing.toLowerCase()))
            .slice(0, 8)
            .map((one) => ({ value: one.value }))}
          onChange={setTyping}
          onSelect={add}
          onBlur={() => setTyping(null)}
          onKeyDown={(event) => {
            if (event.key === "Enter") add(typing);
            if (event.key === "Escape") setTyping(null);
          }}
        />
      )}
    </div>
  );
}
