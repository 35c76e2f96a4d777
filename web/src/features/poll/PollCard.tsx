/** A poll in its bubble: what can be chosen, how many chose it, and one's own choice. */
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { useT } from '../../i18n';
import { count, listOf } from '../../i18n/dates';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Poll, PollOption } from '../../sdk/types';
import { useToast } from '../../ui/Toast';
import { type MessageItem, useConversation } from '../conversation/context';
import { useOverlay } from '../message-menu/context';

/** The own choice after one option was pressed: with several allowed it joins or goes, else it takes the place. */
export function choiceAfter({ options, multiple }: Poll, pressed: number): number[] {
  const chosen = options.flatMap((option, index) => (option.own ? index : []));
  if (chosen.includes(pressed)) return chosen.filter((index) => index !== pressed);
  return multiple ? [...chosen, pressed].sort((a, b) => a - b) : [pressed];
}

interface PollCardProps {
  item: MessageItem;
  poll: Poll;
  /** Stands at the end of the last line. */
  end: ReactNode;
}

export function PollCard({ item, poll, end }: PollCardProps) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const { conversation, writable } = useConversation();
  const open = useOverlay();
  const { own, text } = item.content;

  async function press(index: number) {
    const choices = choiceAfter(poll, index);
    const outcome = await run({ command: 'vote', conversation, key: item.key, choices });
    if (!outcome.ok) toast(failureText(outcome.failure));
  }

  return (
    <div className="w-[min(21rem,66vw)] pt-1">
      <p className={`text-meta ${own ? 'text-own-ink-2' : 'text-ink-2'}`}>
        {t(poll.multiple ? 'poll.choose_several' : 'poll.choose_one')}
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out everywhere, and nothing is submitted */}
      <div role="group" aria-label={text} className="flex flex-col gap-0.5 py-1.5">
        {poll.options.map((option, index) => (
          <Option
            // biome-ignore lint/suspicious/noArrayIndexKey: the client numbers options by their place
            key={index}
            option={option}
            share={poll.voters > 0 ? option.people.length / poll.voters : 0}
            own={own}
            disabled={!writable || item.content.delivery === 'failed'}
            onPress={() => press(index)}
          />
        ))}
      </div>
      <div className="flex items-center justify-between gap-2">
        <button
          type="button"
          disabled={poll.voters === 0}
          onClick={() => open({ show: 'votes', key: item.key })}
          className={`rounded-tight py-0.5 text-meta tabular-nums enabled:underline enabled:underline-offset-2 ${own ? 'text-own-ink-2 focus-visible:outline-own-ink' : 'text-ink-2'}`}
        >
          {t('poll.voters', { count: poll.voters })}
        </button>
        {end}
      </div>
    </div>
  );
}

interface OptionProps {
  option: PollOption;
  /** Of those who voted, from 0 to 1. */
  share: number;
  own: boolean;
  disabled: boolean;
  onPress: () => void;
}

function Option({ option, share, own, disabled, onPress }: OptionProps) {
  const t = useT();
  const votes = option.people.length;
  const ring = own ? 'border-own-ink-2' : 'border-line-strong';
  const filled = own ? 'border-own-ink bg-own-ink text-own' : 'border-accent bg-accent text-accent-ink';
  return (
    <button
      type="button"
      aria-pressed={option.own}
      aria-label={t('poll.option', { option: option.text, count: votes })}
      title={votes > 0 ? listOf(option.people.map((person) => person.display_name)) : undefined}
      disabled={disabled}
      onClick={onPress}
      className={`flex items-start gap-2.5 rounded-[10px] px-1.5 py-1.5 text-start transition-colors -mx-1.5 ${own ? 'enabled:hover:bg-own-ink/10 focus-visible:outline-own-ink' : 'enabled:hover:bg-ink/5'}`}
    >
      <span
        aria-hidden
        className={`mt-px inline-flex size-5 shrink-0 items-center justify-center rounded-full border-[1.5px] ${option.own ? filled : ring}`}
      >
        {option.own && <Check size={13} strokeWidth={3} />}
      </span>
      <span className="flex min-w-0 flex-1 flex-col gap-1.5">
        <span className="flex items-baseline gap-3">
          <span className="min-w-0 flex-1" dir="auto">
            {option.text}
          </span>
          <span className={`text-meta tabular-nums ${own ? 'text-own-ink-2' : 'text-ink-2'}`}>
            {count(votes)}
          </span>
        </span>
        <span className={`h-1.5 overflow-hidden rounded-full ${own ? 'bg-own-ink/18' : 'bg-ink/9'}`}>
          <span
            className={`block h-full origin-left rounded-full transition-transform duration-200 rtl:origin-right ${own ? 'bg-own-ink' : 'bg-accent'}`}
            style={{ transform: `scaleX(${share})` }}
          />
        </span>
      </span>
    </button>
  );
}
