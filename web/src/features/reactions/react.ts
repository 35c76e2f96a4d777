import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import { useToast } from '../../ui/Toast';
import { type MessageItem, useConversation } from '../conversation/context';
import { rememberEmoji } from '../emoji/emoji';

/** Adds an emoji to a message, or takes it back if this person has it there already. */
export function useReact(): (item: MessageItem, emoji: string) => Promise<void> {
  const { conversation } = useConversation();
  const run = useCommand();
  const toast = useToast();
  return async (item, emoji) => {
    const own = item.content.reactions.some((reaction) => reaction.emoji === emoji && reaction.own);
    if (!own) rememberEmoji(emoji);
    const outcome = await run({ command: 'react', conversation, key: item.key, emoji, add: !own });
    if (!outcome.ok) toast(failureText(outcome.failure));
  };
}
