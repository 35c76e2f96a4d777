/** Chooses the skin tone of all emoji that have one. */
import { type KeyboardEvent, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { chooseSkinTone } from './emoji';

const HANDS = ['✋', '✋🏻', '✋🏼', '✋🏽', '✋🏾', '✋🏿'];

export function SkinTones({ tone, onChange }: { tone: number; onChange: (tone: number) => void }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);

  /** The hands go, and the focus with them if it is not taken along. */
  function close() {
    setOpen(false);
    button.current?.focus();
  }

  function choose(next: number) {
    chooseSkinTone(next);
    onChange(next);
    close();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    close();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape is for whichever of its buttons has the focus
    <div className="relative" onKeyDown={open ? onKeyDown : undefined}>
      <button
        ref={button}
        type="button"
        aria-label={t('emoji.tone')}
        title={t('emoji.tone')}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="inline-flex size-9.5 items-center justify-center rounded-control text-[1.25rem] leading-none hover:bg-hover"
      >
        {HANDS[tone]}
      </button>
      {open && (
        // biome-ignore lint/a11y/useSemanticElements: buttons, not a part of a form
        <div
          role="group"
          aria-label={t('emoji.tone')}
          className="absolute end-0 top-full z-1 mt-1 flex animate-appear rounded-row border border-line bg-raised p-1 shadow-float"
        >
          {HANDS.map((hand, index) => (
            <button
              key={hand}
              type="button"
              aria-label={t(`emoji.tone_${index as 0}`)}
              aria-pressed={index === tone}
              onClick={() => choose(index)}
              className="inline-flex size-9 items-center justify-center rounded-[9px] text-[1.25rem] leading-none hover:bg-hover aria-pressed:bg-accent-soft"
            >
              {hand}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
