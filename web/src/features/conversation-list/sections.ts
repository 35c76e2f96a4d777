/** Which conversations are listed where. */
import type { ConversationRow } from '../../sdk/types';

export type Section = 'chats' | 'archived' | 'requests';

/** The rows of a section in the order in which they are shown: pinned ones stay at the top. */
export function rowsOf(rows: ConversationRow[], section: Section): ConversationRow[] {
  const own = rows.filter((row) => sectionOf(row) === section);
  if (section !== 'chats') return own;
  return [...own.filter((row) => row.pinned), ...own.filter((row) => !row.pinned)];
}

function sectionOf(row: ConversationRow): Section | undefined {
  // Requests of people one blocked are done with; they can be found among the blocked people.
  if (row.request) return row.blocked ? undefined : 'requests';
  return row.archived ? 'archived' : 'chats';
}

export function isMuted(row: ConversationRow, now = Date.now()): boolean {
  return row.muted_until !== null && row.muted_until > now;
}
