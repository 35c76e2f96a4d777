/** The emoji under a message. */
import { useT } from '../../i18n';
import { count, listOf } from '../../i18n/dates';
import { type MessageItem, useConversation } from '../conversation/context';
import { useReact } from './react';

export function Reactions({ item }: { item: MessageItem }) {
  const t = useT();
  const react = useReact();
  const { writable } = useConversation();
  const { reactions, own } = item.content;
  if (reactions.length === 0) return null;
  return (
    <ul
      aria-label={t('reactions.label')}
      className={`relative z-1 -mt-1.5 flex max-w-full flex-wrap gap-1 px-2.5 ${own ? 'justify-end' : ''}`}
    >
      {reactions.map((reaction) => {
        const number = reaction.people.length;
        const names = listOf(reaction.people.map((person) => person.display_name));
        return (
          <li key={reaction.emoji} className="animate-appear">
            <button
              type="button"
              disabled={!writable}
              aria-pressed={reaction.own}
              aria-label={t('reactions.chip', { emoji: reaction.emoji, count: number, names })}
              title={names}
              onClick={() => react(item, reaction.emoji)}
              className={`inline-flex h-6.5 items-center gap-1 rounded-full border-2 border-surface px-2 text-meta tabular-nums transition-colors ${reaction.own ? 'bg-accent-soft font-semibold text-accent ring-1 ring-accent ring-inset' : 'bg-badge text-ink-2 hover:text-ink'}`}
            >
              <span aria-hidden className="text-[0.9375rem] leading-none">
                {reaction.emoji}
              </span>
              {number > 1 && <span aria-hidden>{count(number)}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
