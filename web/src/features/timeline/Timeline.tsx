/**
 * The messages of one conversation. Opens at what was jumped to or at the first unread one, follows new ones while the
 * end is in view, and keeps its place otherwise.
 */
import { ArrowDown } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import { type Translate, t, useT } from '../../i18n';
import { count } from '../../i18n/dates';
import type { TimelineItem } from '../../sdk/types';
import { Skeleton } from '../../ui/Skeleton';
import { useToast } from '../../ui/Toast';
import { type Jump, useConversation } from '../conversation/context';
import { Overlays } from '../message-menu/Overlays';
import { useFollow, useShifted } from './follow';
import { type Tried, useJump } from './jump';
import { useWalk } from './keys';
import { MessageRow } from './MessageRow';
import { noticeText } from './NoticeLine';
import { arrange } from './rows';
import { useMarkRead, useNews, useUnreadLine } from './unread';
import { usePageSeen } from './visible';
import { useWindow, type Window } from './window';

/** This near to the beginning or end of what is drawn, more is; in pixels. */
const NEAR_EDGE = 800;
/** How long a message that was jumped to stands out, in milliseconds. */
const HIGHLIGHT = 2_000;

interface TimelineProps {
  /** Unread messages. */
  unread: number;
  /** Where to go: what it opens at, and whenever it is another object. */
  jump: Jump | undefined;
}

export function Timeline({ unread, jump }: TimelineProps) {
  const { conversation, shown: shared } = useConversation();
  const start = useRef(jump).current;
  const toast = useToast();
  const onMissing = useCallback(() => toast(t('failure.not-found')), [toast]);
  const shown = useWindow(conversation, start?.key, onMissing);
  const tried = useRef<Tried>({ elsewhere: undefined, arrived: undefined });
  const highlighted = useHighlight(jump);
  const items = shown?.items;
  useEffect(() => {
    shared.current = items ?? [];
  }, [items, shared]);
  if (shown === undefined) return <TimelineSkeleton />;
  if (shown === null) return <div className="flex-1" />;
  return (
    <Overlays items={shown.items}>
      <Messages
        key={shown.opening}
        shown={shown}
        unread={unread}
        jump={jump === start ? undefined : jump}
        tried={tried}
        highlighted={highlighted}
      />
    </Overlays>
  );
}

/** Key of the item that was just jumped to. */
function useHighlight(jump: Jump | undefined): string | undefined {
  const [highlighted, setHighlighted] = useState(jump?.key);
  useEffect(() => {
    setHighlighted(jump?.key);
    const timer = setTimeout(() => setHighlighted(undefined), HIGHLIGHT);
    return () => clearTimeout(timer);
  }, [jump]);
  return highlighted;
}

function TimelineSkeleton() {
  return (
    <div className="mx-auto flex w-full max-w-[47.5rem] flex-1 flex-col justify-end gap-2 px-4 pb-4">
      {['w-2/5', 'w-3/5', 'w-1/3 self-end', 'w-1/2 self-end', 'w-1/4'].map((width) => (
        <Skeleton key={width} className={`h-10 rounded-bubble ${width}`} />
      ))}
    </div>
  );
}

interface MessagesProps {
  shown: Window;
  unread: number;
  jump: Jump | undefined;
  tried: { current: Tried };
  highlighted: string | undefined;
}

function Messages({ shown, unread, jump, tried, highlighted }: MessagesProps) {
  const t = useT();
  const { name } = useConversation();
  const { timeline, items, live, target } = shown;
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [nearEnd, setNearEnd] = useState(!target && (shown.atEnd || !timeline.first_unread));
  const atEnd = nearEnd && live;
  // What ends before the newest message has no end to be at, also if more is drawn below without scrolling.
  const ends = useRef(live);
  ends.current = live;
  const setAtEnd = useCallback((at: boolean) => setNearEnd(at && ends.current), []);
  const seen = usePageSeen();
  const line = useUnreadLine(timeline, seen && atEnd);
  const rows = arrange(items, line);
  const news = useNews(items, atEnd);
  // Until it has come to rest where it opens, no rows may be put in front.
  const settled = useRef(false);

  const { scrolled, leave } = useFollow({
    list,
    scroller,
    items,
    target,
    line: shown.atEnd ? undefined : line,
    live,
    atEnd,
    setAtEnd,
  });
  const markUpTo = useMarkRead(timeline, seen, atEnd);
  useJump({ jump, tried, list, scroller, shown, leave });

  const toNewest = () => {
    if (live) list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
    else shown.toNewest();
  };
  const walk = useWalk({ list, scroller, items, toNewest });

  /** The button that was pressed goes: one goes on among the messages. */
  function onToNewest() {
    toNewest();
    scroller.current?.focus({ preventScroll: true });
  }

  const { trim } = shown;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what comes into view or is added changes it
  useEffect(() => {
    if (settled.current) markUpTo(items[lowestInView(list.current)]);
    if (list.current) trim(middleInView(list.current));
  }, [items.length, seen]);

  function drawMore(element: HTMLElement, offset: number) {
    const below = element.scrollHeight - offset - element.clientHeight;
    // One side at a time: the place is kept from the other.
    if (offset < NEAR_EDGE) shown.showOlder();
    else if (below < NEAR_EDGE) shown.showNewer();
  }

  const [oldest, newest] = [timeline.items[0]?.key, timeline.items.at(-1)?.key];
  // biome-ignore lint/correctness/useExhaustiveDependencies: who waits at an edge does not scroll when more has come
  useEffect(() => {
    if (settled.current && scroller.current) drawMore(scroller.current, scroller.current.scrollTop);
  }, [oldest, newest]);

  function settle() {
    settled.current = true;
  }

  function onScroll(offset: number) {
    const element = scroller.current;
    if (!element) return;
    scrolled();
    if (!settled.current) return;
    markUpTo(items[lowestInView(list.current)]);
    drawMore(element, offset);
  }

  return (
    <div className="relative min-h-0 flex-1">
      <div
        {...walk.handlers}
        ref={scroller}
        // Who scrolls by themselves does not wait for it to come to rest.
        onWheel={settle}
        onTouchMove={settle}
        role="log"
        aria-label={t('timeline.label', { name })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="relative flex h-full flex-col overflow-y-auto overflow-x-hidden px-2.5 [overflow-anchor:none] focus-visible:outline-offset-[-2px] wide:px-6"
      >
        <div className="grow" />
        {timeline.restoring && !timeline.has_older && (
          <p className="animate-breathe pt-5 pb-3 text-center text-ink-2 text-meta">{t('history.coming')}</p>
        )}
        {rows.length === 0 && !timeline.restoring && (
          <p className="pb-6 text-center text-ink-2 text-meta">{t('timeline.empty')}</p>
        )}
        {/* Rows come and go with scrolling: only the announcement below is for those who listen. */}
        <div aria-live="off" className="pb-3">
          <Virtualizer
            ref={list}
            scrollRef={scroller}
            shift={useShifted(items)}
            onScroll={onScroll}
            onScrollEnd={() => {
              settled.current = true;
              markUpTo(items[lowestInView(list.current)]);
            }}
            keepMounted={walk.keepMounted}
            itemSize={48}
          >
            {rows.map((row) => (
              <MessageRow key={row.item.key} row={row} highlighted={row.item.key === highlighted} />
            ))}
          </Virtualizer>
        </div>
      </div>
      <Announcement items={items} live={live} />
      {!atEnd && <ToNewest news={live ? news : unread} onPress={onToNewest} />}
    </div>
  );
}

/** The item in the middle of what is in view. */
function middleInView({ findItemIndex, scrollOffset, viewportSize }: VirtualizerHandle): number {
  return findItemIndex(scrollOffset + viewportSize / 2);
}

/** The lowest item of which at least half is in view; -1 if nothing is. */
function lowestInView(list: VirtualizerHandle | null): number {
  if (!list) return -1;
  const bottom = list.scrollOffset + list.viewportSize;
  const lowest = list.findItemIndex(bottom);
  const middle = list.getItemOffset(lowest) + list.getItemSize(lowest) / 2;
  return middle > bottom ? lowest - 1 : lowest;
}

function ToNewest({ news, onPress }: { news: number; onPress: () => void }) {
  const t = useT();
  return (
    <button
      type="button"
      aria-label={news ? t('timeline.to_newest_count', { count: news }) : t('timeline.to_newest')}
      onClick={onPress}
      className="absolute end-4 bottom-3 inline-flex h-11 min-w-11 animate-appear items-center justify-center gap-1.5 rounded-full border border-line bg-raised px-3 text-ink shadow-float hover:bg-hover"
    >
      {news > 0 && <span className="font-semibold text-accent text-meta tabular-nums">{count(news)}</span>}
      <ArrowDown size={18} aria-hidden />
    </button>
  );
}

/** As many are said at once or left to be read again. */
const SAID = 5;

/** Says new messages of others and what else happened, once each. */
function Announcement({ items, live }: { items: TimelineItem[]; live: boolean }) {
  const t = useT();
  const [said, setSaid] = useState<{ key: string; text: string }[]>([]);
  const known = useRef(items.at(-1)?.key);
  useEffect(() => {
    const from = items.findIndex((item) => item.key === known.current) + 1;
    const before = known.current;
    known.current = items.at(-1)?.key;
    // Scrolling down to what was there already is no news.
    if (!live || (before !== undefined && from === 0)) return;
    const news = items.slice(from).flatMap(({ key, content }) => {
      const text = announced(content, t);
      return text ? { key, text } : [];
    });
    if (news.length > 0) setSaid((last) => [...last, ...news].slice(-SAID));
  }, [items, live, t]);
  return (
    <div aria-live="polite" className="sr-only">
      {said.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );
}

function announced(content: TimelineItem['content'], t: Translate): string | undefined {
  if (content.type === 'notice') return noticeText(content, t);
  if (content.type === 'message' && !content.own) return `${content.sender.display_name}: ${content.text}`;
  return undefined;
}
