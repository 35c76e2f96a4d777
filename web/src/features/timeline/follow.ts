/** Where the timeline stands: it opens at what matters, follows the end while that is in view, else keeps its place. */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef } from 'react';
import type { VirtualizerHandle } from 'virtua';
import type { TimelineItem } from '../../sdk/types';

/** This near to the end counts as at the end, in pixels. */
const NEAR_END = 48;
/**
 * Frames after a change of what is drawn in which scrolling is its doing: in the first its rows are measured, in the next
 * those in the place of what it moved.
 */
const FRAMES_OF_A_CHANGE = 3;
/** By these one scrolls: with the wheel, a finger, keys, or the bar itself. */
const SCROLLING_BY_HAND = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;
/** Room left above the line of the first unread message, in pixels. */
const ABOVE_LINE = 72;

interface Follow {
  list: RefObject<VirtualizerHandle | null>;
  scroller: RefObject<HTMLDivElement | null>;
  items: TimelineItem[];
  /** What was jumped to; it comes before the line. */
  target: string | undefined;
  /** Key of the first unread message. */
  line: string | undefined;
  /** The newest message is shown last. */
  live: boolean;
  atEnd: boolean;
  setAtEnd: (atEnd: boolean) => void;
}

function isAtEnd(scroller: HTMLElement): boolean {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
}

interface Following {
  /** To be told whenever it scrolls. */
  scrolled: () => void;
  /** Whatever scrolls next was meant to. */
  leave: () => void;
}

export function useFollow(follow: Follow): Following {
  const { list, scroller, items, target, line, live, atEnd, setAtEnd } = follow;
  const opened = useRef(false);
  const following = useRef(atEnd);
  following.current = atEnd && live;
  const newest = items.at(-1);
  const last = items.length - 1;
  const { isChanging, change } = useChanging();
  const byHand = useByHand(scroller);

  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever else is drawn is a change
  useLayoutEffect(change, [items]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only another newest message scrolls
  useLayoutEffect(() => {
    if (last < 0) return;
    const first = !opened.current;
    opened.current = true;
    const find = (key: string | undefined) => (key ? items.findIndex((item) => item.key === key) : -1);
    const [aim, at] = first ? [find(target), find(line)] : [-1, -1];
    const own = live && newest?.content.type === 'message' && newest.content.own;
    if (aim >= 0) list.current?.scrollToIndex(aim, { align: 'center' });
    else if (at >= 0) list.current?.scrollToIndex(at, { align: 'start', offset: -ABOVE_LINE });
    else if (first || following.current || own) list.current?.scrollToIndex(last, { align: 'end' });
  }, [newest?.key]);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      change();
      if (following.current) element.scrollTop = element.scrollHeight;
      else setAtEnd(isAtEnd(element));
    });
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [scroller, setAtEnd, change]);

  function scrolled() {
    const element = scroller.current;
    if (!element) return;
    const end = isAtEnd(element);
    // What comes and goes takes nobody away from the end, only who scrolls does.
    if (!end && following.current && isChanging() && !byHand.current)
      element.scrollTop = element.scrollHeight;
    else setAtEnd(end);
    if (end) byHand.current = false;
  }

  const leave = useCallback(() => {
    byHand.current = true;
  }, [byHand]);

  return { scrolled, leave };
}

/** Whether what is drawn has just changed. */
function useChanging(): { isChanging: () => boolean; change: () => void } {
  const frame = useRef(0);
  const change = useCallback(() => {
    cancelAnimationFrame(frame.current);
    const wait = (frames: number) => {
      frame.current = frames > 0 ? requestAnimationFrame(() => wait(frames - 1)) : 0;
    };
    wait(FRAMES_OF_A_CHANGE);
  }, []);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  return { isChanging: () => frame.current !== 0, change };
}

/** Whether someone has scrolled since this was last made false. */
function useByHand(scroller: RefObject<HTMLDivElement | null>): RefObject<boolean> {
  const byHand = useRef(false);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const note = (event: Event) => {
      // A press on what is in it scrolls nothing, one on its bar does.
      if (event.type !== 'pointerdown' || event.target === element) byHand.current = true;
    };
    for (const type of SCROLLING_BY_HAND) element.addEventListener(type, note, { passive: true });
    return () => {
      for (const type of SCROLLING_BY_HAND) element.removeEventListener(type, note);
    };
  }, [scroller]);
  return byHand;
}

/** Whether this drawing put older messages before those of the last one, or took such away. */
export function useShifted(items: TimelineItem[]): boolean {
  const before = useRef<TimelineItem[]>([]);
  const [was, is] = [before.current[0]?.key, items[0]?.key];
  const has = (list: TimelineItem[], key: string | undefined) => list.some((item) => item.key === key);
  const shifted = was !== is && (has(items, was) || has(before.current, is));
  useLayoutEffect(() => {
    before.current = items;
  }, [items]);
  return shifted;
}
