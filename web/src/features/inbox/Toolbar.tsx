/** Above the list: the view (where there is no column), search, filters, order. */
import { FilterOutlined, SearchOutlined } from "@ant-design/icons";
import { Badge, Button, Input, type InputRef, Popover } from "antd";
import { lazy, type RefObject, Suspense, useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { NativeSelect } from "@/components/NativeSelect";
import type { ViewItem } from "./ViewsColumn";
import { type Counts, countOf, type Filters, type Sort, SORTS } from "./views";

const FilterForm = lazy(async () => ({ default: (await import("./FilterForm")).FilterForm }));
const SEARCH_MS = 300;

interface Props {
  searchBox: RefObject<InputRef | null>;
  items: readonly ViewItem[];
  view: string;
  counts: Counts | undefined;
  filters: Filters;
  sort: Sort;
  onView: (key: string) => void;
  onFilters: (filters: Filters) => void;
  onSort: (sort: Sort) => void;
  onSave: () => void;
}

export function Toolbar({ searchBox, items, view, counts, filters, sort, onView, onFilters, onSort, onSave }: Props) {
  const { t } = useTranslation("inbox");
  const [open, setOpen] = useState(false);
  const { q, ...others } = filters;
  const active = Object.keys(others).length;
  return (
    <div className="inbox-toolbar">
      <NativeSelect
        className="inbox-picker"
        label={t("views.label")}
        value={view}
        onChange={onView}
        choices={items.map((item) => ({
          value: item.key,
          group: item.group,
          label: [item.label, countOf(item.key, counts)].filter((part) => part !== undefined).join("  "),
        }))}
      />
      <SearchBox key={view} box={searchBox} text={q ?? ""} onSearch={(text) => onFilters({ ...others, q: text })} />
      <Popover
        trigger="click"
        placement="bottomRight"
        destroyOnHidden
        open={open}
        onOpenChange={setOpen}
        content={
          <Suspense fallback={null}>
            <FilterForm
              filters={others}
              counts={counts}
              onChange={(next) => onFilters({ ...next, q: q ?? "" })}
              onSave={() => {
                setOpen(false);
                onSave();
              }}
            />
          </Suspense>
        }
      >
        <Badge count={active} size="small" color="var(--inbox-accent)">
          <Button icon={<FilterOutlined />} aria-label={active > 0 ? t("filter.active", { count: active }) : t("filter.title")} title={t("filter.title")} aria-expanded={open} />
        </Badge>
      </Popover>
      <NativeSelect
        className="inbox-sort"
        label={t("sort.label")}
        value={sort}
        onChange={(value) => onSort(value as Sort)}
        choices={SORTS.map((one) => ({ value: one, label: t(`sort.${one}`) }))}
      />
    </div>
  );
}

/** Keeps what is typed, and asks when nothing is typed for a moment. */
function SearchBox({ box, text, onSearch }: { box: RefObject<InputRef | null>; text: string; onSearch: (text: string) => void }) {
  const { t } = useTranslation("inbox");
  const [typed, setTyped] = useState(text);
  const [sent, setSent] = useState(text);
  const [seen, setSeen] = useState(text);
  const [composing, setComposing] = useState(false);
  // changed elsewhere (filters cleared, a link): shown, without taking the focus away
  if (text !== seen) {
    setSeen(text);
    if (text !== sent) {
      setSent(text);
      setTyped(text);
    }
  }
  const send = () => {
    const words = typed.trim();
    if (composing || words === sent) return;
    setSent(words);
    onSearch(words);
  };
  const later = useEffectEvent(send);
  useEffect(() => {
    const timer = window.setTimeout(() => later(), SEARCH_MS);
    return () => window.clearTimeout(timer);
  }, [composing, typed]);
  return (
    <Input
      ref={box}
      className="inbox-search"
      allowClear
      prefix={<SearchOutlined />}
      placeholder={t("search.placeholder")}
      aria-label={t("search.label")}
      suffix={typed === "" ? <kbd>/</kbd> : undefined}
      maxLength={200}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onCompositionStart={() => setComposing(true)}
      onCompositionEnd={() => setComposing(false)}
      onPressEnter={send}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}
