/**
 * The part of a conversation that is drawn: its newest messages, or those around one that was jumped to or that is the
 * first unread one. It moves with what is in view: more are drawn where one scrolls to, those far away go. A few more
 * than are drawn are asked for, so that they are there before they are needed.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { useFreshSnapshot } from '../../sdk/store';
import type { Timeline, TimelineItem } from '../../sdk/types';

/** How many more messages are drawn at a time. */
const PAGE = 60;
/** Messages that are asked for to begin with: more than a screen full, and few enough to be there at once. */
const OPENING = 40;
/** Messages that are asked for beyond those that are drawn next. */
const SLACK = 40;
/** Messages drawn above the first unread one. */
const ABOVE_UNREAD = 12;
/** Messages drawn on either side of one that was jumped to. */
const BESIDE = 30;
/** Most messages that stay drawn. */
export const DRAWN_MAX = 160;

/** Which part is wished for, and what of it is drawn. */
interface View {
  /** Grows with each jump: what is drawn begins anew. */
  opening: number;
  /** Key of what was jumped to. */
  target: string | undefined;
  /** Opens at its end, whatever is unread. */
  atEnd: boolean;
  /** Key of what it is around; nothing for the newest. */
  around: string | undefined;
  limit: number;
  /** Keys of the first and last item drawn; no first one as long as nothing is, no last one while it ends with the newest. */
  first: string | undefined;
  last: string | undefined;
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
  /** The newest message is drawn last. */
  live: boolean;
  showOlder: () => void;
  showNewer: () => void;
  /** Lets go of what is far from an item in view, given by its place in `items`, if too much is drawn. */
  trim: (inView: number) => void;
  jump: (key: string) => void;
  toNewest: () => void;
}

/** Items that are drawn: from one place to before another. */
interface Range {
  begin: number;
  end: number;
}

type ChangeView = (change: (view: View) => View) => void;

function indexOf(items: TimelineItem[], key: string | undefined): number {
  return key === undefined ? -1 : items.findIndex((item) => item.key === key);
}

function newest(opening: number): View {
  const nothing = { target: undefined, around: undefined, first: undefined, last: undefined };
  return { ...nothing, opening, atEnd: opening > 0, limit: OPENING };
}

function jumpedTo(key: string, opening: number): View {
  return { ...newest(opening), target: key, atEnd: false, around: key };
}

/** The window, null if there is no such conversation, undefined while it is first read. */
export function useWindow(
  conversation: string,
  start: string | undefined,
  onMissing: () => void,
): Window | null | undefined {
  const [view, setView] = useState(() => (start ? jumpedTo(start, 0) : newest(0)));
  const key = { type: 'timeline', conversation, limit: view.limit, around: view.around ?? null } as const;
  const latest = useFreshSnapshot(key);
  const kept = useRef<{ opening: number; timeline: Timeline }>(undefined);
  const drawn = useRef<Window>(undefined);

  const jump = useCallback((key: string) => setView((now) => jumpedTo(key, now.opening + 1)), []);
  const toNewest = useCallback(() => setView((now) => newest(now.opening + 1)), []);
  const lost =
    latest !== undefined && view.around !== undefined && indexOf(latest?.items ?? [], view.around) < 0;
  const unread = latest ? unreadElsewhere(latest, view) : undefined;
  if (latest && !lost && !unread) kept.current = { opening: view.opening, timeline: latest };
  useEffect(() => {
    if (unread) setView((now) => ({ ...now, around: unread }));
  }, [unread]);
  useLost(lost, view, setView, onMissing, toNewest);

  const current = kept.current?.opening === view.opening ? kept.current.timeline : undefined;
  const before = drawn.current?.opening === view.opening ? drawn.current.items : [];
  const range = current && drawnRange(current, view, before);
  const live = current !== undefined && !current.has_newer && range?.end === current.items.length;
  useHold(current, view, range, live, setView);
  useSupply(current, view, range, live, latest !== undefined && !lost, setView);

  if (!current || !range) return latest === null && !lost && !drawn.current ? null : drawn.current;
  const { opening, target, atEnd } = view;
  const moves = movesIn(current.items, range, live, setView);
  const items = current.items.slice(range.begin, range.end);
  drawn.current = { timeline: current, items, opening, target, atEnd, live, ...moves, jump, toNewest };
  return drawn.current;
}

/** The first unread item, if the conversation opens there and it is older than what was asked for. */
function unreadElsewhere({ items, first_unread: unread }: Timeline, view: View): string | undefined {
  const opens = view.around === undefined && view.first === undefined && !view.atEnd;
  return opens && unread && indexOf(items, unread) < 0 ? unread : undefined;
}

function drawnRange({ items, first_unread: unread }: Timeline, view: View, before: TimelineItem[]): Range {
  if (view.first === undefined) return openingRange(items, unread ?? undefined, view);
  const last = view.last === undefined ? items.length - 1 : survivor(items, view.last, before.toReversed());
  const end = last < 0 ? items.length : last + 1;
  // Older ones may come from the archive: less than a page cannot be scrolled to where they are.
  const page = Math.max(0, end - OPENING);
  return { begin: Math.min(page, Math.max(0, survivor(items, view.first, before))), end };
}

/** A page of the newest, or from above the first unread one; else what is around what is wished for. */
function openingRange(items: TimelineItem[], unread: string | undefined, view: View): Range {
  const middle = indexOf(items, view.around);
  if (middle >= 0) {
    return { begin: Math.max(0, middle - BESIDE), end: Math.min(items.length, middle + BESIDE + 1) };
  }
  const page = items.length - OPENING;
  const line = view.atEnd ? -1 : indexOf(items, unread);
  return { begin: Math.max(0, line < 0 ? page : Math.min(page, line - ABOVE_UNREAD)), end: items.length };
}

/** Where an item is now, or the next one of those drawn before that is still there. */
function survivor(items: TimelineItem[], key: string, before: TimelineItem[]): number {
  const at = indexOf(items, key);
  if (at >= 0) return at;
  const there = new Set(items.map((item) => item.key));
  const next = before.slice(indexOf(before, key) + 1).find((item) => there.has(item.key));
  return indexOf(items, next?.key);
}

/** What scrolling does: items of `items` come and go at the ends of what is drawn. */
function movesIn(items: TimelineItem[], { begin, end }: Range, live: boolean, setView: ChangeView) {
  const from = (place: number) => setView((now) => ({ ...now, first: items[place]?.key }));
  const to = (place: number) => setView((now) => ({ ...now, last: items[place]?.key }));
  return {
    showOlder: () => {
      if (begin > 0) from(Math.max(0, begin - PAGE));
    },
    showNewer: () => {
      if (!live && end < items.length) to(Math.min(items.length, end + PAGE) - 1);
    },
    trim: (inView: number) => {
      if (end - begin <= DRAWN_MAX) return;
      if (inView > (end - begin) / 2) from(end - DRAWN_MAX);
      else to(begin + DRAWN_MAX - 1);
    },
  };
}

/** What the window is around is not here, or not any more: it holds on to what else is drawn, or shows the newest. */
function useLost(
  lost: boolean,
  { target, around, first, last }: View,
  setView: ChangeView,
  onMissing: () => void,
  toNewest: () => void,
): void {
  useEffect(() => {
    if (!lost) return;
    if (first !== undefined && last !== undefined && last !== around) {
      return setView((now) => ({ ...now, around: last, limit: DRAWN_MAX + PAGE + SLACK }));
    }
    if (target !== undefined && first === undefined) onMissing();
    toNewest();
  }, [lost, target, around, first, last, setView, onMissing, toNewest]);
}

/** Holds on to what is drawn, whatever comes before and after it; not against what was chosen since it was drawn. */
function useHold(
  current: Timeline | undefined,
  view: View,
  range: Range | undefined,
  live: boolean,
  setView: ChangeView,
): void {
  const first = range && current?.items[range.begin]?.key;
  const last = range && !live ? current?.items[range.end - 1]?.key : undefined;
  useEffect(() => {
    if (first === undefined || (view.first === first && view.last === last)) return;
    setView((now) => (now === view ? { ...now, first, last } : now));
  }, [first, last, view, setView]);
}

/** Asks for more where little is left beyond what is drawn: around its middle, or of the newest while it ends there. */
function useSupply(
  current: Timeline | undefined,
  { around, limit }: View,
  range: Range | undefined,
  live: boolean,
  loaded: boolean,
  setView: ChangeView,
): void {
  const items = current?.items ?? [];
  const { begin, end } = range ?? { begin: 0, end: 0 };
  const less = begin < SLACK / 2 && current?.has_older === true;
  const more = items.length - end < SLACK / 2 && current?.has_newer === true;
  const short = loaded && end > 0 && (less || more || (live && around !== undefined));
  const middle = live ? undefined : items[Math.floor((begin + end) / 2)]?.key;
  const stay = Math.min(DRAWN_MAX, end - begin);
  const enough = (live ? stay : Math.ceil(stay / 2)) + PAGE + SLACK;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once for each answer that has too little
  useEffect(() => {
    if (short) setView((now) => ({ ...now, around: middle, limit: enough }));
  }, [short, around, limit]);
}
