/** One tab stop for all rows of the list: arrow keys, Home, End and the page keys walk through them. */
import {
  type FocusEvent,
  type KeyboardEvent,
  type RefObject,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import type { ConversationRow } from '../../sdk/types';

/** For so many frames a row may take to be measured. */
const TRIES = 8;

interface Roving {
  rows: ConversationRow[];
  current: string | undefined;
  scroller: RefObject<HTMLElement | null>;
  /** Height of a row in pixels. */
  height: number;
}

export function useRoving({ rows, current, scroller, height }: Roving) {
  const [visited, setVisited] = useState<string>();
  const list = useRef<HTMLElement>(null);
  const wanted = useRef<string>(undefined);
  const places = new Map(rows.map((row, index) => [row.conversation, index]));
  const indexOf = (conversation: string | undefined) =>
    conversation === undefined ? -1 : (places.get(conversation) ?? -1);
  const stop = [visited, current].find((one) => indexOf(one) >= 0) ?? rows[0]?.conversation;

  useLayoutEffect(() => {
    // Whoever goes from chat to chat by keys sees in the list which one is open.
    if (current === undefined) return;
    setVisited(current);
    rowIn(list.current, current)?.scrollIntoView?.({ block: 'nearest' });
  }, [current]);

  useLayoutEffect(() => {
    if (visited === undefined || wanted.current !== visited) return;
    wanted.current = undefined;
    return focusOnceShown(() => rowIn(list.current, visited));
  }, [visited]);

  function goTo(index: number) {
    const conversation = rows[index]?.conversation;
    if (conversation === undefined) return;
    // One that is far away is drawn first.
    wanted.current = conversation;
    setVisited(conversation);
    rowIn(list.current, conversation)?.focus();
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const row = (event.target as Element).closest<HTMLElement>('[data-conversation-row]');
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / height) - 1);
    const next = step(event.key, indexOf(row.dataset.conversationRow), rows.length, page);
    const beside = controlBeside(row, event);
    if (beside) beside.focus();
    else if (next !== undefined) goTo(next);
    else return;
    event.preventDefault();
  }

  function onFocus(event: FocusEvent) {
    const row = event.target.closest<HTMLElement>('[data-conversation-row]');
    if (row) setVisited(row.dataset.conversationRow);
  }

  return {
    /** The row that Tab reaches. */
    stop,
    /** Stay drawn however far one scrolls. */
    keepMounted: [...new Set([indexOf(stop), indexOf(current)])].filter((index) => index >= 0),
    handlers: { ref: list, onKeyDown, onFocus },
  };
}

/** A row that was just drawn is hidden until it was measured, and takes no focus before. */
function focusOnceShown(find: () => HTMLElement | undefined): () => void {
  let frame = 0;
  let tries = 0;
  function attempt() {
    const row = find();
    row?.focus();
    if (document.activeElement !== row && ++tries < TRIES) frame = requestAnimationFrame(attempt);
  }
  attempt();
  return () => cancelAnimationFrame(frame);
}

function rowIn(list: HTMLElement | null, conversation: string | undefined): HTMLElement | undefined {
  if (conversation === undefined) return undefined;
  return list?.querySelector<HTMLElement>(`[data-conversation="${CSS.escape(conversation)}"]`) ?? undefined;
}

/** Where a key leads from a row; nowhere at the ends of the list, which has other things above and below it. */
function step(key: string, at: number, rows: number, page: number): number | undefined {
  const last = rows - 1;
  const to = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: last,
    PageDown: Math.min(at + page, last),
    PageUp: Math.max(at - page, 0),
  }[key];
  return to !== undefined && to >= 0 && to <= last ? to : undefined;
}

/** The row's link and its button stand side by side. */
function controlBeside(
  row: HTMLElement,
  { key, target }: KeyboardEvent<HTMLElement>,
): HTMLElement | undefined {
  const towards = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (!towards) return undefined;
  const controls = [...row.querySelectorAll<HTMLElement>('a, button')];
  const rtl = document.documentElement.dir === 'rtl';
  return controls[controls.indexOf(target as HTMLElement) + (rtl ? -towards : towards)];
}
