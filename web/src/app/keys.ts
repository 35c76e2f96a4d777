/** Keys that work everywhere in the app. */
import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { rowsOf } from '../features/conversation-list/sections';
import type { ConversationRow } from '../sdk/types';
import { isCovered } from '../ui/overlay';

/** Id of the field above the list, which arrow keys reach from the rows. */
export const SEARCH_FIELD = 'search-field';

/** Whether a key press is meant for a field rather than for the app. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Whether it is the key of this Latin letter: by what it writes or, on other layouts, by where it is. */
export function isLetter({ key, code }: KeyboardEvent, letter: string): boolean {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase() === letter;
  return code === `Key${letter.toUpperCase()}`;
}

interface Keys {
  rows: ConversationRow[];
  current: string | undefined;
  onHelp: () => void;
  onFind: () => void;
}

export function useAppKeys({ rows, current, onHelp, onFind }: Keys): void {
  const [, navigate] = useLocation();
  useEffect(() => {
    function move(step: number) {
      const listed = rowsOf(rows, 'chats');
      const at = listed.findIndex((row) => row.conversation === current);
      const next = at < 0 ? listed[0] : listed[at + step];
      if (next) navigate(`/c/${next.conversation}`);
    }

    function onKeyDown(event: KeyboardEvent) {
      if (isCovered()) return;
      if ((event.ctrlKey || event.metaKey) && isLetter(event, 'k')) onFind();
      else if (event.altKey && event.key === 'ArrowDown') move(1);
      else if (event.altKey && event.key === 'ArrowUp') move(-1);
      else if ((event.key === '?' || event.key === '؟') && !isTyping(event.target)) onHelp();
      else return;
      event.preventDefault();
    }

    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [rows, current, onHelp, onFind, navigate]);
}
