import { DownloadOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";

/** Downloads what the filters find. The server streams it and notes who took it. */
export function ExportButton({ namespace, path, query }: { namespace: "customers" | "orders"; path: string; query: Record<string, unknown> }) {
  const { t } = useTranslation(namespace);
  const may = useMay("customers:export");
  if (!may) return null;
  const start = (format: string) => {
    const wanted = new URLSearchParams({ format });
    for (const [name, value] of Object.entries(query)) {
      for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined && one !== "") wanted.append(name, String(one));
    }
    const link = document.createElement("a");
    link.href = `${path}?${wanted.toString()}`;
    link.download = "";
    link.click();
  };
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: [
          { key: "csv", label: t("exportCsv") },
          { key: "xlsx", label: t("exportXlsx") },
        ],
        onClick: ({ key }) => start(key),
      }}
    >
      <Button icon={<DownloadOutlined />} title={t("exportHint")}>
        {t("export")}
      </Button>
    </Dropdown>
  );
}
