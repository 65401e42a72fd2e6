import { Skeleton, Table as AntTable, type TableProps } from "antd";
import { useTranslation } from "react-i18next";

/** A list that scrolls sideways on a narrow screen, by keyboard too. */
export function Table<T extends object>(props: TableProps<T>) {
  const { t } = useTranslation("settings");
  // while rows are on their way nothing is said to be empty
  const waits = props.loading !== undefined && props.loading !== false && (props.dataSource ?? []).length === 0;
  return (
    <div className="st-scroll" tabIndex={0} role="region" aria-label={t("list")}>
      <AntTable<T> size="small" {...props} {...(waits && { locale: { emptyText: <Skeleton active title={false} paragraph={{ rows: 4 }} /> } })} />
    </div>
  );
}
