/** Where the timeline stands: it opens at what matters, follows the end while that is in view, else keeps its place. */
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import type { VirtualizerHandle } from 'virtua';
import type { TimelineItem } from '../../sdk/types';

/** This near to the end counts as at the end, in pixels. */
const NEAR_END = 48;
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

export function isAtEnd(scroller: HTMLElement): boolean {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
}

export function useFollow({ list, scroller, items, target, line, live, atEnd, setAtEnd }: Follow): void {
  const opened = useRef(false);
  const following = useRef(atEnd);
  following.current = atEnd && live;
  const newest = items.at(-1);
  const last = items.length - 1;

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
      if (following.current) element.scrollTop = element.scrollHeight;
      else setAtEnd(isAtEnd(element));
    });
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [scroller, setAtEnd]);
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
