/** What is new in a timeline, and that it was seen. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { useCommand } from '../../sdk/store';
import type { Timeline, TimelineItem } from '../../sdk/types';

/** The first unread message: as it was on opening, or when one came unseen. The line stays while more is read. */
export function useUnreadLine(timeline: Timeline, seen: boolean): string | undefined {
  const [line, setLine] = useState(timeline.first_unread ?? undefined);
  const known = useRef(timeline.first_unread);
  useEffect(() => {
    const unread = timeline.first_unread ?? undefined;
    if (unread && !known.current && !seen) setLine(unread);
    known.current = timeline.first_unread;
  }, [timeline.first_unread, seen]);
  return line;
}

/** How many messages of others came since the end was last in view. */
export function useNews(items: TimelineItem[], atEnd: boolean): number {
  const last = items.at(-1)?.key;
  const [seen, setSeen] = useState(last);
  useEffect(() => {
    if (atEnd) setSeen(last);
  }, [atEnd, last]);
  const from = items.findIndex((item) => item.key === seen);
  // What was seen last is too far away to be drawn: it is not known what is new.
  if (from < 0) return 0;
  return items.slice(from + 1).filter(({ content }) => content.type === 'message' && !content.own).length;
}

/** Pause between marking messages as read while one scrolls through them, in milliseconds. */
const PAUSE = 400;

/** Marks what is seen as read: everything at the end, else up to the item that is given to what this gives. */
export function useMarkRead(
  { conversation, last_seq: newest, first_unread: unread }: Timeline,
  seen: boolean,
  atEnd: boolean,
): (lowest: TimelineItem | undefined) => void {
  const run = useCommand();
  const marked = useRef(0);
  const lowest = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const mark = useCallback(
    (seq: number) => {
      if (seq <= marked.current) return;
      marked.current = seq;
      void run({ command: 'mark_read', conversation, seq });
    },
    [conversation, run],
  );
  useEffect(() => {
    if (seen && atEnd) mark(newest);
  }, [newest, seen, atEnd, mark]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (item) => {
    if (!seen || atEnd || !unread || !item?.seq) return;
    lowest.current = Math.max(lowest.current, item.seq);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      mark(lowest.current);
    }, PAUSE);
  };
}
