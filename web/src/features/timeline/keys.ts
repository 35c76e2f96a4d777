/** Walking through messages by keyboard. */
import { type FocusEvent, type KeyboardEvent, type RefObject, useState } from 'react';
import type { VirtualizerHandle } from 'virtua';
import type { TimelineItem } from '../../sdk/types';

/** Id of the field that messages are written in. */
export const COMPOSER_FIELD = 'composer-field';

export function messageElement(scroller: HTMLElement | null, key: string): HTMLElement | undefined {
  return scroller?.querySelector<HTMLElement>(`[data-message="${CSS.escape(key)}"]`) ?? undefined;
}

interface Walk {
  list: RefObject<VirtualizerHandle | null>;
  scroller: RefObject<HTMLDivElement | null>;
  items: TimelineItem[];
  toNewest: () => void;
}

/** Arrow keys move from message to message, Escape goes to the composer, End to the newest message. */
export function useWalk({ list, scroller, items, toNewest }: Walk) {
  const [focused, setFocused] = useState<string>();
  const index = items.findIndex((item) => item.key === focused);

  function focusAt(at: number) {
    const key = items[at]?.key;
    if (key === undefined) return;
    const element = messageElement(scroller.current, key);
    if (element) return element.focus();
    list.current?.scrollToIndex(at, { align: 'nearest' });
    requestAnimationFrame(() => messageElement(scroller.current, key)?.focus());
  }

  function step(from: number, by: number) {
    let at = from + by;
    while (items[at]?.content.type === 'notice') at += by;
    focusAt(at);
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    const inside = (event.target as HTMLElement).closest<HTMLElement>('[data-message]');
    const at = inside ? items.findIndex((item) => item.key === inside.dataset.message) : -1;
    if (event.key === 'ArrowUp') step(at < 0 ? lastInView(scroller.current, items) + 1 : at, -1);
    else if (event.key === 'ArrowDown' && at >= 0) step(at, 1);
    else if (event.key === 'End') toNewest();
    else if (event.key === 'Escape') document.getElementById(COMPOSER_FIELD)?.focus();
    else return;
    event.preventDefault();
  }

  function onFocus(event: FocusEvent<HTMLElement>) {
    setFocused(event.target.closest<HTMLElement>('[data-message]')?.dataset.message);
  }

  return {
    /** Stays drawn however far one scrolls, so that the focus is not lost. */
    keepMounted: index >= 0 ? [index] : [],
    handlers: { onKeyDown, onFocus, onBlur: () => setFocused(undefined) },
  };
}

/** The lowest message of which the beginning is in view. */
function lastInView(scroller: HTMLElement | null, items: TimelineItem[]): number {
  const bottom = scroller?.getBoundingClientRect().bottom ?? 0;
  const drawn = [...(scroller?.querySelectorAll<HTMLElement>('[data-message]') ?? [])];
  const seen = drawn.filter((element) => element.getBoundingClientRect().top <= bottom).at(-1);
  return items.findIndex((item) => item.key === seen?.dataset.message);
}
