/** What is new in a timeline, and that it was seen. */
import { useEffect, useRef, useState } from 'react';
import { useCommand } from '../../sdk/store';
import type { Timeline, TimelineItem } from '../../sdk/types';

/** The first unread message: as it was on opening, or when one came unseen. The line stays where it is. */
export function useUnreadLine(timeline: Timeline, seen: boolean): string | undefined {
  const [line, setLine] = useState(timeline.first_unread ?? undefined);
  const known = useRef(timeline.first_unread);
  useEffect(() => {
    const unread = timeline.first_unread ?? undefined;
    if (unread && unread !== known.current && !seen) setLine(unread);
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
  const from = items.findIndex((item) => item.key === seen) + 1;
  return items.slice(from).filter(({ content }) => content.type === 'message' && !content.own).length;
}

export function useMarkRead({ conversation, last_seq: seq }: Timeline, seen: boolean): void {
  const run = useCommand();
  const marked = useRef(0);
  useEffect(() => {
    if (!seen || seq <= marked.current) return;
    marked.current = seq;
    void run({ command: 'mark_read', conversation, seq });
  }, [conversation, seq, seen, run]);
}
