/** The list: only the rows that can be seen exist, further pages come while one scrolls. */
import { Button, Spin } from "antd";
import { useVirtualizer } from "@tanstack/react-virtual";
import { forwardRef, useCallback, useEffect, useImperativeHandle, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type RowWords, TicketRow } from "./TicketRow";
import type { Row } from "./views";

export const ROW_HEIGHT = { narrow: 96, wide: 56 };
const AHEAD = 15;

export interface ListHandle {
  show: (index: number, focus: boolean) => void;
  top: () => void;
}

interface Props {
  rows: readonly Row[];
  words: RowWords;
  wide: boolean;
  label: string;
  openId: number | null;
  focused: number;
  chosen: ReadonlySet<number>;
  addressOf: (id: number) => string;
  hasMore: boolean;
  loadingMore: boolean;
  failedMore: boolean;
  newer: boolean;
  onMore: () => void;
  onNewer: () => void;
  onChoose: (id: number, index: number, range: boolean) => void;
  onPoint: (index: number) => void;
}

export const TicketList = forwardRef<ListHandle, Props>(function TicketList(props, handle) {
  const { rows, words, wide, label, openId, focused, chosen, addressOf, hasMore, loadingMore, failedMore, newer, onMore, onNewer, onChoose, onPoint } = props;
  const { t } = useTranslation("inbox");
  const scroller = useRef<HTMLDivElement>(null);
  const frame = useRef(0);
  const height = wide ? ROW_HEIGHT.wide : ROW_HEIGHT.narrow;
  const virtual = useVirtualizer({
    count: rows.length + (hasMore ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: useCallback(() => height, [height]),
    getItemKey: useCallback((index: number) => rows[index]?.id ?? "more", [rows]),
    overscan: 8,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  const items = virtual.getVirtualItems();
  const end = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (hasMore && !loadingMore && !failedMore && end >= rows.length - AHEAD) onMore();
  }, [end, failedMore, hasMore, loadingMore, onMore, rows.length]);

  useImperativeHandle(
    handle,
    () => ({
      show: (index, focus) => {
        virtual.scrollToIndex(index, { align: "auto" });
        cancelAnimationFrame(frame.current);
        if (!focus) return;
        const point = () => scroller.current?.querySelector<HTMLElement>(`a[data-index="${index}"]`)?.focus({ preventScroll: true });
        // the row may come into being with the next frame only; only the last of several quick steps is focused
        frame.current = requestAnimationFrame(() => {
          frame.current = requestAnimationFrame(point);
        });
      },
      top: () => virtual.scrollToOffset(0),
    }),
    [virtual],
  );

  return (
    <div className="inbox-scroller" ref={scroller} data-wide={wide} role="region" aria-label={label} tabIndex={-1}>
      {newer && (
        <div className="inbox-newer">
          <Button size="small" shape="round" onClick={onNewer}>
            {t("list.newer")}
          </Button>
        </div>
      )}
      <div role="list" aria-label={label} style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {items.map((item) => {
          const row = rows[item.index];
          return (
            <div
              key={item.key}
              role="listitem"
              aria-setsize={hasMore ? -1 : rows.length}
              aria-posinset={item.index + 1}
              style={{ position: "absolute", top: 0, left: 0, width: "100%", height: item.size, transform: `translateY(${item.start}px)` }}
            >
              {row ? (
                <TicketRow
                  row={row}
                  to={addressOf(row.id)}
                  words={words}
                  index={item.index}
                  open={row.id === openId}
                  focused={item.index === focused}
                  chosen={chosen.has(row.id)}
                  onChoose={onChoose}
                  onPoint={onPoint}
                />
              ) : (
                <div className="inbox-more">
                  {failedMore ? (
                    <Button size="small" onClick={onMore}>
                      {t("list.moreFailed")}
                    </Button>
                  ) : (
                    <Spin size="small" />
                  )}
                </div>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
});
