/**
 * The part of a conversation that is drawn. A few more messages than are shown are asked for, so that what is shown
 * keeps its beginning while new ones push the window on, and older ones are there before they are needed.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { useSnapshot } from '../../sdk/store';
import type { Timeline, TimelineItem } from '../../sdk/types';

/** How many more messages are shown at a time. */
const PAGE = 60;
const SLACK = 40;
/** Messages shown above the first unread one. */
const ABOVE_UNREAD = 12;

export interface Window {
  timeline: Timeline;
  items: TimelineItem[];
  showOlder: () => void;
}

function indexOf(items: TimelineItem[], key: string | undefined): number {
  return key === undefined ? -1 : items.findIndex((item) => item.key === key);
}

/** The window, null if there is no such conversation, undefined while it is first read. */
export function useWindow(conversation: string, unread: number): Window | null | undefined {
  const [limit, setLimit] = useState(PAGE + SLACK + unread);
  const [first, setFirst] = useState<string>();
  const kept = useRef<Timeline | null>(undefined);
  const latest = useSnapshot({ type: 'timeline', conversation, limit });
  if (latest !== undefined) kept.current = latest;
  const timeline = kept.current;

  const items = timeline?.items ?? [];
  const begin = beginning(items, first, timeline?.first_unread);
  const begins = items[begin]?.key;

  useEffect(() => {
    if (begins !== first) setFirst(begins);
  }, [begins, first]);

  const short = latest !== undefined && timeline?.has_older === true && begin < SLACK / 2;
  useEffect(() => {
    if (short) setLimit((now) => now + PAGE);
  }, [short]);

  const older = items[Math.max(0, begin - PAGE)]?.key;
  const showOlder = useCallback(() => setFirst(older), [older]);
  if (!timeline) return timeline;
  return { timeline, items: items.slice(begin), showOlder };
}

/** Where what is shown begins: where it did, else a page from the end, or above the first unread message. */
function beginning(
  items: TimelineItem[],
  first: string | undefined,
  unread: string | null | undefined,
): number {
  const shown = indexOf(items, first);
  if (shown >= 0) return shown;
  const page = items.length - PAGE;
  const above = indexOf(items, unread ?? undefined) - ABOVE_UNREAD;
  return Math.max(0, unread ? Math.min(page, above) : page);
}
