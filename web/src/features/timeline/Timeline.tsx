/**
 * The messages of one conversation. Opens at the first unread one, follows new ones while the end is in view, and
 * keeps its place otherwise.
 */
import { ArrowDown } from 'lucide-react';
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import { useT } from '../../i18n';
import { useCommand } from '../../sdk/store';
import type { TimelineItem, Timeline as TimelineSnapshot } from '../../sdk/types';
import { Skeleton } from '../../ui/Skeleton';
import { MessageRow } from './MessageRow';
import { arrange } from './rows';
import { usePageVisible } from './visible';
import { useWindow, type Window } from './window';

/** This near to the end counts as at the end, and this near to the beginning shows older messages; in pixels. */
const NEAR_END = 48;
const NEAR_BEGINNING = 800;
/** Room left above the line of the first unread message, in pixels. */
const ABOVE_LINE = 72;

interface TimelineProps {
  conversation: string;
  name: string;
  group: boolean;
  /** Unread messages when it was opened. */
  unread: number;
}

export function Timeline({ conversation, name, group, unread }: TimelineProps) {
  const shown = useWindow(conversation, unread);
  if (shown === undefined) return <TimelineSkeleton />;
  if (shown === null) return <div className="flex-1" />;
  return <Messages conversation={conversation} name={name} group={group} shown={shown} />;
}

function TimelineSkeleton() {
  return (
    <div className="mx-auto flex w-full max-w-[47.5rem] flex-1 flex-col justify-end gap-2 px-4 pb-4">
      {['w-2/5', 'w-3/5', 'w-1/3 self-end', 'w-1/2 self-end', 'w-2/5'].map((width) => (
        <Skeleton key={width} className={`h-10 rounded-bubble ${width}`} />
      ))}
    </div>
  );
}

type MessagesProps = Omit<TimelineProps, 'unread'> & { shown: Window };

function Messages({ conversation, name, group, shown }: MessagesProps) {
  const t = useT();
  const { timeline, items, showOlder } = shown;
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(!timeline.first_unread);
  const visible = usePageVisible();
  const line = useUnreadLine(timeline, visible && atEnd);
  const rows = arrange(items, line);
  const news = useNews(items, atEnd);
  // Until it has come to rest where it opens, no rows may be put in front.
  const settled = useRef(false);

  useFollow({ list, scroller, items, line, atEnd, setAtEnd });
  useMarkRead(timeline, atEnd && visible);

  function onScroll(offset: number) {
    if (scroller.current) setAtEnd(isAtEnd(scroller.current));
    if (settled.current && offset < NEAR_BEGINNING) showOlder();
  }

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-label={t('timeline.label', { name })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="flex h-full flex-col overflow-y-auto px-2.5 [overflow-anchor:none] focus-visible:outline-offset-[-2px] wide:px-6"
      >
        <div className="grow" />
        {rows.length === 0 && <p className="pb-6 text-center text-ink-2 text-meta">{t('timeline.empty')}</p>}
        {/* Rows come and go with scrolling: only the announcement below is for those who listen. */}
        <div aria-live="off" className="pb-3">
          <Virtualizer
            ref={list}
            scrollRef={scroller}
            shift={usePrepended(items)}
            onScroll={onScroll}
            onScrollEnd={() => {
              settled.current = true;
            }}
            itemSize={48}
          >
            {rows.map((row) => (
              <MessageRow key={row.item.key} row={row} conversation={conversation} group={group} />
            ))}
          </Virtualizer>
        </div>
        <Announcement items={items} />
      </div>
      {!atEnd && (
        <button
          type="button"
          aria-label={news ? t('timeline.to_newest_count', { count: news }) : t('timeline.to_newest')}
          onClick={() => list.current?.scrollToIndex(rows.length - 1, { align: 'end' })}
          className="absolute end-4 bottom-3 inline-flex h-11 min-w-11 animate-appear items-center justify-center gap-1.5 rounded-full border border-line bg-raised px-3 text-ink shadow-float hover:bg-hover"
        >
          {news > 0 && <span className="font-semibold text-accent text-meta tabular-nums">{news}</span>}
          <ArrowDown size={18} aria-hidden />
        </button>
      )}
    </div>
  );
}

/** Says new messages of others, once each. */
function Announcement({ items }: { items: TimelineItem[] }) {
  const opened = useRef(items.at(-1)?.key);
  const newest = items.at(-1);
  const content = newest?.key === opened.current ? undefined : newest?.content;
  return (
    <p aria-live="polite" className="sr-only">
      {content?.type === 'message' && !content.own ? `${content.sender.display_name}: ${content.text}` : ''}
    </p>
  );
}

/** Whether this drawing put older messages before those of the last one. */
function usePrepended(items: TimelineItem[]): boolean {
  const before = useRef<string>(undefined);
  const first = items[0]?.key;
  const prepended = before.current !== first && items.some((item) => item.key === before.current);
  useLayoutEffect(() => {
    before.current = first;
  }, [first]);
  return prepended;
}

/** The first unread message: as it was on opening, or when one came unseen. The line stays where it is. */
function useUnreadLine(timeline: TimelineSnapshot, seen: boolean): string | undefined {
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
function useNews(items: TimelineItem[], atEnd: boolean): number {
  const last = items.at(-1)?.key;
  const [seen, setSeen] = useState(last);
  useEffect(() => {
    if (atEnd) setSeen(last);
  }, [atEnd, last]);
  const from = items.findIndex((item) => item.key === seen) + 1;
  return items.slice(from).filter(({ content }) => content.type === 'message' && !content.own).length;
}

function useMarkRead({ conversation, last_seq: seq }: TimelineSnapshot, seen: boolean): void {
  const run = useCommand();
  const marked = useRef(0);
  useEffect(() => {
    if (!seen || seq <= marked.current) return;
    marked.current = seq;
    void run({ command: 'mark_read', conversation, seq });
  }, [conversation, seq, seen, run]);
}

interface Follow {
  list: RefObject<VirtualizerHandle | null>;
  scroller: RefObject<HTMLDivElement | null>;
  items: TimelineItem[];
  line: string | undefined;
  atEnd: boolean;
  setAtEnd: (atEnd: boolean) => void;
}

function isAtEnd(scroller: HTMLElement): boolean {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
}

/** Scrolls: to the line on opening, to the end with new messages and other sizes while the end is in view. */
function useFollow({ list, scroller, items, line, atEnd, setAtEnd }: Follow): void {
  const opened = useRef(false);
  const following = useRef(atEnd);
  following.current = atEnd;
  const newest = items.at(-1);
  const last = items.length - 1;

  // biome-ignore lint/correctness/useExhaustiveDependencies: only another newest message scrolls
  useLayoutEffect(() => {
    if (last < 0) return;
    const at = opened.current || !line ? -1 : items.findIndex((item) => item.key === line);
    const own = newest?.content.type === 'message' && newest.content.own;
    if (at >= 0) list.current?.scrollToIndex(at, { align: 'start', offset: -ABOVE_LINE });
    else if (!opened.current || following.current || own) list.current?.scrollToIndex(last, { align: 'end' });
    opened.current = true;
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
