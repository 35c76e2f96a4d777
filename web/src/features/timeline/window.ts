/**
 * The part of a conversation that is drawn: its newest messages, or those around one that was jumped to. A few more
 * than are shown are asked for, so that what is shown keeps its beginning while new ones push the window on, and more
 * are there before they are needed.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { useSnapshot } from '../../sdk/store';
import type { Timeline, TimelineItem } from '../../sdk/types';

/** How many more messages are shown at a time. */
const PAGE = 60;
const SLACK = 40;
/** Messages shown above the first unread one. */
const ABOVE_UNREAD = 12;
/** Messages shown on either side of one that was jumped to. */
const BESIDE = 30;

/** Which part is wished for, and what of it is shown. */
interface View {
  /** Grows with each jump: what is drawn begins anew. */
  opening: number;
  /** Key of what it is around; nothing for the newest. */
  around: string | undefined;
  limit: number;
  /** Keys of the first and, around something, the last item shown. */
  first: string | undefined;
  last: string | undefined;
  /** Opens at its end, whatever is unread. */
  atEnd: boolean;
}

export interface Window {
  timeline: Timeline;
  items: TimelineItem[];
  /** Another one whenever what is drawn has to begin anew. */
  opening: number;
  /** What it opens at, if it was jumped to. */
  target: string | undefined;
  /** Opens at its end, whatever is unread. */
  atEnd: boolean;
  /** The newest message is shown last. */
  live: boolean;
  showOlder: () => void;
  showNewer: () => void;
  jump: (key: string) => void;
  toNewest: () => void;
}

function indexOf(items: TimelineItem[], key: string | undefined): number {
  return key === undefined ? -1 : items.findIndex((item) => item.key === key);
}

function around(key: string, opening: number): View {
  return { opening, around: key, limit: PAGE + SLACK, first: undefined, last: undefined, atEnd: false };
}

function newest(limit: number, opening: number): View {
  return { opening, around: undefined, limit, first: undefined, last: undefined, atEnd: opening > 0 };
}

/** The window, null if there is no such conversation, undefined while it is first read. */
export function useWindow(
  conversation: string,
  unread: number,
  start: string | undefined,
  onMissing: () => void,
): Window | null | undefined {
  const [view, setView] = useState(() => (start ? around(start, 0) : newest(PAGE + SLACK + unread, 0)));
  const latest = useSnapshot({
    type: 'timeline',
    conversation,
    limit: view.limit,
    around: view.around ?? null,
  });
  const kept = useRef<{ opening: number; timeline: Timeline }>(undefined);
  const drawn = useRef<Window>(undefined);
  if (latest) kept.current = { opening: view.opening, timeline: latest };

  const jump = useCallback((key: string) => setView((now) => around(key, now.opening + 1)), []);
  const toNewest = useCallback(() => setView((now) => newest(PAGE + SLACK, now.opening + 1)), []);
  // Around something that is not here any more there is nothing: the newest are shown instead.
  const missing = latest === null && view.around !== undefined;
  useEffect(() => {
    if (!missing) return;
    onMissing();
    toNewest();
  }, [missing, onMissing, toNewest]);

  const current = kept.current?.opening === view.opening ? kept.current.timeline : undefined;
  const range = shownRange(current, view);
  useGrowth(current, latest !== undefined, range, setView);

  if (!current || !range) {
    if (latest === null && !missing && !drawn.current) return null;
    return drawn.current;
  }
  const { items } = current;
  const { begin, end } = range;
  const older = items[Math.max(0, begin - PAGE)]?.key;
  const newer = items[Math.min(items.length - 1, end - 1 + PAGE)]?.key;
  drawn.current = {
    timeline: current,
    items: items.slice(begin, end),
    opening: view.opening,
    target: view.around,
    atEnd: view.atEnd,
    live: end === items.length && !current.has_newer,
    showOlder: () => setView((now) => ({ ...now, first: older })),
    showNewer: () => setView((now) => (now.around === undefined ? now : { ...now, last: newer })),
    jump,
    toNewest,
  };
  return drawn.current;
}

interface Range {
  begin: number;
  end: number;
}

function shownRange(timeline: Timeline | undefined, view: View): Range | undefined {
  if (!timeline) return undefined;
  const { items, first_unread: unread } = timeline;
  const first = indexOf(items, view.first);
  if (view.around === undefined)
    return { begin: first >= 0 ? first : beginning(items, unread), end: items.length };
  const target = indexOf(items, view.around);
  const last = indexOf(items, view.last);
  return {
    begin: first >= 0 ? first : Math.max(0, target - BESIDE),
    end: Math.min(items.length, last >= 0 ? last + 1 : target < 0 ? items.length : target + BESIDE + 1),
  };
}

/** Where the newest messages begin: a page from the end, or above the first unread one. */
function beginning(items: TimelineItem[], unread: string | null): number {
  const page = items.length - PAGE;
  const above = indexOf(items, unread ?? undefined) - ABOVE_UNREAD;
  return Math.max(0, unread ? Math.min(page, above) : page);
}

/** Holds on to what is shown, asks for more where little is left, and follows the newest once they are reached. */
function useGrowth(
  timeline: Timeline | undefined,
  loaded: boolean,
  range: Range | undefined,
  setView: (change: (view: View) => View) => void,
): void {
  const items = timeline?.items ?? [];
  const { begin, end } = range ?? { begin: 0, end: 0 };
  const [first, last] = [items[begin]?.key, items[end - 1]?.key];
  useEffect(() => {
    if (first === undefined) return;
    setView((now) => {
      const until = now.around === undefined ? undefined : last;
      return now.first === first && now.last === until ? now : { ...now, first, last: until };
    });
  }, [first, last, setView]);

  const less = begin < SLACK / 2 && timeline?.has_older === true;
  const more = items.length - end < SLACK / 2 && timeline?.has_newer === true;
  const short = loaded && (less || more);
  useEffect(() => {
    if (short) setView((now) => ({ ...now, limit: now.limit + PAGE }));
  }, [short, setView]);

  const reached = timeline !== undefined && !timeline.has_newer && end === items.length && items.length > 0;
  const length = items.length;
  useEffect(() => {
    if (!reached) return;
    setView((now) =>
      now.around === undefined
        ? now
        : { ...now, around: undefined, last: undefined, limit: Math.max(length + SLACK, now.limit) },
    );
  }, [reached, length, setView]);
}
