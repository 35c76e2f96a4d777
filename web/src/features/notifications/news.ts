/** What is worth a notification: what became unread since the list was last read. */
import type { ConversationRow } from '../../sdk/types';
import { isMuted } from '../conversation-list/sections';

/** Conversations with new unread messages of others that the person wants to hear of. */
export function news(before: ConversationRow[], now: ConversationRow[]): ConversationRow[] {
  const known = new Map(before.map((row) => [row.conversation, row]));
  return now.filter((row) => {
    const earlier = known.get(row.conversation);
    return row.unread > (earlier?.unread ?? 0) && isWanted(row) && row.last && !row.last.delivery;
  });
}

function isWanted(row: ConversationRow): boolean {
  return !row.request && !row.blocked && !row.joining && !isMuted(row);
}
