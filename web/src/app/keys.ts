/** Keys that work everywhere in the app. */
import { useEffect } from 'react';
import { useLocation } from 'wouter';
import type { ConversationRow } from '../sdk/types';

/** Id of the field that Ctrl+K goes to. */
export const SEARCH_FIELD = 'search-field';

/** Whether a key press is meant for a field rather than for the app. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

interface Keys {
  rows: ConversationRow[];
  current: string | undefined;
  onHelp: () => void;
}

export function useAppKeys({ rows, current, onHelp }: Keys): void {
  const [, navigate] = useLocation();
  useEffect(() => {
    function focusSearch() {
      // The list is not drawn beside a conversation on narrow screens: it comes first.
      if (!document.getElementById(SEARCH_FIELD)?.checkVisibility()) navigate('/');
      requestAnimationFrame(() => document.getElementById(SEARCH_FIELD)?.focus());
    }

    function move(step: number) {
      const at = rows.findIndex((row) => row.conversation === current);
      const next = at < 0 ? rows[0] : rows[at + step];
      if (next) navigate(`/c/${next.conversation}`);
    }

    function onKeyDown(event: KeyboardEvent) {
      if (document.querySelector('dialog[open]')) return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') focusSearch();
      else if (event.altKey && event.key === 'ArrowDown') move(1);
      else if (event.altKey && event.key === 'ArrowUp') move(-1);
      else if (event.key === '?' && !isTyping(event.target)) onHelp();
      else return;
      event.preventDefault();
    }

    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [rows, current, onHelp, navigate]);
}
