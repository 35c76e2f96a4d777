/** Commands that change how a conversation stands in the list. */
import { failureText } from '../../i18n/failure';
import { useClient, useCommand } from '../../sdk/store';
import type { Arrangement, ConversationRow } from '../../sdk/types';
import { useToast } from '../../ui/Toast';

const HOUR = 3_600_000;

/** How long one can mute. */
export const MUTES = ['hour', 'hours', 'always'] as const;
export type MuteFor = (typeof MUTES)[number];

/** When a muting that begins now ends. */
export function mutedUntil(duration: MuteFor, now = Date.now()): number {
  if (duration === 'always') return Number.MAX_SAFE_INTEGER;
  return now + (duration === 'hour' ? HOUR : 8 * HOUR);
}

/** Arranges conversations; what fails is told in passing. */
export function useArrange() {
  const run = useCommand();
  const client = useClient();
  const toast = useToast();

  async function arrange(conversation: string, arrangement: Arrangement): Promise<void> {
    const outcome = await run({ command: 'arrange_conversation', conversation, arrangement });
    if (!outcome.ok) toast(failureText(outcome.failure));
  }

  /** Everything in it counts as read, without a look at it. */
  async function markRead({ conversation, unread, marked_unread }: ConversationRow): Promise<void> {
    if (marked_unread) await arrange(conversation, { arrange: 'mark_unread', unread: false });
    if (unread === 0) return;
    const newest = await client
      .snapshot({ type: 'timeline', conversation, limit: 1, around: null })
      .catch(() => undefined);
    if (newest?.type !== 'timeline') return;
    await run({ command: 'mark_read', conversation, seq: newest.last_seq });
  }

  return { arrange, markRead };
}
