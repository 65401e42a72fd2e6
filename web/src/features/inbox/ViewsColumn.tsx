/** The views with their counts: fixed ones, one's own and shared ones, and by status, priority, channel and tag. */
import { EllipsisOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Counts, countOf, FIXED, PRIORITIES, type SavedView, STATUSES } from "./views";

export interface ViewItem {
  key: string;
  label: string;
  group: string;
  saved?: SavedView;
}

/** In the order of the column; the first nine have the keys 1 to 9. */
export function useViewItems(saved: readonly SavedView[], counts: Counts | undefined): ViewItem[] {
  const { t, i18n } = useTranslation("inbox");
  const channelName = (id: string) => (i18n.exists(`common:channel.${id}`) ? t(`channel.${id}` as "channel.web", { ns: "common" }) : id);
  const sorted = (map: Record<string, number> | undefined) => Object.keys(map ?? {}).sort((a, b) => (map?.[b] ?? 0) - (map?.[a] ?? 0) || a.localeCompare(b));
  return [
    ...FIXED.map((key) => ({ key, label: t(`views.${key}`), group: "" })),
    ...saved.map((view) => ({ key: `saved:${view.id}`, label: view.name, group: t("views.saved"), saved: view })),
    ...STATUSES.map((one) => ({ key: `status:${one}`, label: t(`status.${one}`, { ns: "common" }), group: t("views.status") })),
    ...PRIORITIES.slice(0, 2).map((one) => ({ key: `priority:${one}`, label: t(`priority.${one}`, { ns: "common" }), group: t("views.priority") })),
    ...sorted(counts?.channel).map((one) => ({ key: `channel:${one}`, label: channelName(one), group: t("views.channel") })),
    ...sorted(counts?.tag).map((one) => ({ key: `tag:${one}`, label: one, group: t("views.tag") })),
  ];
}

interface Props {
  items: readonly ViewItem[];
  current: string;
  counts: Counts | undefined;
  addressOf: (key: string) => string;
  onRename: (view: SavedView) => void;
  onShare: (view: SavedView) => void;
  onDelete: (view: SavedView) => void;
}

export function ViewsColumn({ items, current, counts, addressOf, onRename, onShare, onDelete }: Props) {
  const { t } = useTranslation("inbox");
  const groups = [...new Set(items.map((item) => item.group))];
  return (
    <nav className="inbox-views" aria-label={t("views.label")}>
      {groups.map((group) => (
        <section key={group}>
          {group && <h2>{group}</h2>}
          <ul>
            {items.map((item, index) =>
              item.group === group ? (
                <li key={item.key}>
                  <Link to={addressOf(item.key)} aria-current={item.key === current ? "page" : undefined} title={item.label}>
                    <span className="inbox-view-name">{item.label}</span>
                    <span className="inbox-view-count tabular">{shortened(countOf(item.key, counts))}</span>
                    <kbd aria-hidden="true">{index < 9 ? index + 1 : ""}</kbd>
                  </Link>
                  {item.saved?.own && <ViewMenu view={item.saved} onRename={onRename} onShare={onShare} onDelete={onDelete} />}
                </li>
              ) : null,
            )}
          </ul>
        </section>
      ))}
    </nav>
  );
}

function ViewMenu({ view, onRename, onShare, onDelete }: { view: SavedView } & Pick<Props, "onRename" | "onShare" | "onDelete">) {
  const { t } = useTranslation("inbox");
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: [
          { key: "rename", label: t("views.rename"), onClick: () => onRename(view) },
          { key: "share", label: t(view.shared ? "views.unshare" : "views.share"), onClick: () => onShare(view) },
          { type: "divider" },
          { key: "delete", danger: true, label: t("views.delete"), onClick: () => onDelete(view) },
        ],
      }}
    >
      <Button type="text" size="small" icon={<EllipsisOutlined />} aria-label={t("views.menu", { name: view.name })} />
    </Dropdown>
  );
}

function shortened(count: number | undefined): string {
  if (count === undefined) return "";
  return count > 99_999 ? "99k+" : String(count);
}
