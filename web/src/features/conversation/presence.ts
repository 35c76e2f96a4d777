/** Whether someone is there, and who types, in words. */
import type { Translate } from '../../i18n';
import { listOf, shortDate } from '../../i18n/dates';
import type { ConversationRow, Presence } from '../../sdk/types';

/** As many names as fit; the others are counted. */
const NAMED = 2;

export function typingText({ kind, typing }: ConversationRow, t: Translate): string {
  if (typing.length === 0) return '';
  if (kind === 'direct') return t('conversation.typing');
  if (typing.length > NAMED) return t('conversation.typing_many', { count: typing.length });
  return t('conversation.typing_names', { names: listOf(typing), count: typing.length });
}

export function presenceText(presence: Presence | null, t: Translate): string {
  if (!presence) return '';
  if (presence.online) return t('conversation.online');
  if (presence.last_seen === null) return '';
  return t('conversation.last_seen', { time: shortDate(presence.last_seen) });
}
