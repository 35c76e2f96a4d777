/** A few emoji to react with at once, and the way to all others; at the top of a menu. */
import { SmilePlus } from 'lucide-react';
import type { KeyboardEvent } from 'react';
import { useT } from '../../i18n';
import { quickEmoji } from '../emoji/emoji';

interface QuickEmojiProps {
  /** The ones that this person has there already. */
  own: string[];
  onPick: (emoji: string) => void;
  onMore: () => void;
}

export function QuickEmoji({ own, onPick, onMore }: QuickEmojiProps) {
  const t = useT();

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const menu = event.currentTarget.closest('[role=menu]');
    const items = [...(menu?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
    const strip = items.filter((item) => event.currentTarget.contains(item));
    const index = strip.indexOf(document.activeElement as HTMLElement);
    const towards = document.documentElement.dir === 'rtl' ? -1 : 1;
    const next = {
      ArrowRight: strip[index + towards],
      ArrowLeft: strip[index - towards],
      ArrowDown: items[strip.length],
      ArrowUp: items.at(-1),
    }[event.key];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    next.focus();
  }

  const look =
    'inline-flex size-9.5 items-center justify-center rounded-full text-[1.375rem] leading-none transition-transform hover:bg-hover focus:bg-hover active:scale-90 focus-visible:outline-offset-[-2px]';
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of menu items, not a part of a form
    <div role="group" aria-label={t('message.react')} onKeyDown={onKeyDown} className="flex gap-0.5">
      {quickEmoji().map((emoji) => (
        <button
          key={emoji}
          type="button"
          role="menuitemcheckbox"
          aria-checked={own.includes(emoji)}
          tabIndex={-1}
          aria-label={t('message.react_with', { emoji })}
          onClick={() => onPick(emoji)}
          className={`${look} aria-checked:bg-accent-soft`}
        >
          {emoji}
        </button>
      ))}
      <button
        type="button"
        role="menuitem"
        tabIndex={-1}
        aria-label={t('message.more_emoji')}
        title={t('message.more_emoji')}
        onClick={onMore}
        className={`${look} text-ink-2`}
      >
        <SmilePlus size={20} aria-hidden />
      </button>
    </div>
  );
}
