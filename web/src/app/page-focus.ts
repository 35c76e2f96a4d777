/** Where the focus goes when another page is shown and what had it is gone or hidden. */
import { useLayoutEffect, useRef } from 'react';
import { focusHeading, isFocusLost, isShown } from '../ui/focus';

/** A page, and the conversation that it shows. */
interface Shown {
  page: string;
  conversation: string | undefined;
}

/** To the row of the conversation that was left, else to the heading of what is shown now. */
export function usePageFocus({ page, conversation }: Shown): void {
  const shown = useRef<Shown>({ page, conversation });
  useLayoutEffect(() => {
    const left = shown.current;
    shown.current = { page, conversation };
    const same = left.page === page && left.conversation === conversation;
    if (same || !isFocusLost()) return;
    const row = left.conversation && !conversation ? rowOf(left.conversation) : null;
    if (row && isShown(row)) return row.focus();
    const pane = [...document.querySelectorAll<HTMLElement>('[data-pane]')].findLast(isShown);
    if (pane && !focusHeading(pane)) pane.focus();
  }, [page, conversation]);
}

function rowOf(conversation: string): HTMLElement | null {
  return document.querySelector(`[data-conversation="${CSS.escape(conversation)}"]`);
}
