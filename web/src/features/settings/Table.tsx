import { Table as AntTable, type TableProps } from "antd";
import { useTranslation } from "react-i18next";

/** A list that scrolls sideways on a narrow screen, by keyboard too. */
export function Table<T extends object>(props: TableProps<T>) {
  const { t } = useTranslation("settings");
  return (
    <div className="st-scroll" tabIndex={0} role="region" aria-label={t("list")}>
      <AntTable<T> size="small" {...props} />
    </div>
  );
}
