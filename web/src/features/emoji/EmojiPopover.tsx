/** The emoji picker, floating beside what asked for it; at the bottom where there is little room. */
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { useT } from '../../i18n';
import { OVERLAY, Overlay, useDismissal, useFloating } from '../../ui/overlay';
import { EmojiPicker } from './EmojiPicker';

/** Space that stays between it and the edge of the window, in pixels. */
const MARGIN = 8;

interface EmojiPopoverProps {
  /** Beside what it opens. */
  place: DOMRect;
  onPick: (emoji: string) => void;
  onClose: () => void;
}

export function EmojiPopover({ place, onPick, onClose }: EmojiPopoverProps) {
  const t = useT();
  const ref = useRef<HTMLDivElement>(null);
  useFloating(ref, (popover) => position(place, popover));
  useDismissal(ref, onClose);

  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    ref.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    const popover = ref.current;
    return () => {
      const focused = document.activeElement;
      if (focused === document.body || focused === null || popover?.contains(focused)) before?.focus();
    };
  }, []);

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    event.stopPropagation();
    if (event.nativeEvent.isComposing) return;
    // It stands at the end of the page: from there Tab would lead out of it.
    if (event.key !== 'Escape' && !(event.key === 'Tab' && leaves(event))) return;
    event.preventDefault();
    onClose();
  }

  return (
    <Overlay>
      <div
        {...OVERLAY}
        ref={ref}
        popover="manual"
        role="dialog"
        aria-label={t('emoji.title')}
        onKeyDown={onKeyDown}
        className="fixed inset-auto m-0 w-[22.5rem] max-w-[calc(100vw-1rem)] animate-appear overflow-visible rounded-bubble border border-line bg-raised p-0 text-ink shadow-float"
      >
        <EmojiPicker onPick={onPick} />
      </div>
    </Overlay>
  );
}

/** Whether Tab goes beyond the first or the last stop. */
function leaves({ currentTarget, shiftKey }: KeyboardEvent<HTMLElement>): boolean {
  const stops = [...currentTarget.querySelectorAll<HTMLElement>('input, button')].filter(
    ({ tabIndex }) => tabIndex >= 0,
  );
  return document.activeElement === (shiftKey ? stops[0] : stops.at(-1));
}

/** Above its place if there is room, else below, and inside the window. */
function position(place: DOMRect, popover: HTMLElement): { left: number; top: number } {
  const { offsetWidth: width, offsetHeight: height } = popover;
  const middle = (place.left + place.right) / 2;
  const wanted = middle > innerWidth / 2 ? place.right - width : place.left;
  let top = place.top - height - MARGIN;
  if (top < MARGIN) top = place.bottom + MARGIN;
  return {
    left: Math.min(Math.max(wanted, MARGIN), Math.max(MARGIN, innerWidth - width - MARGIN)),
    top: Math.min(Math.max(top, MARGIN), Math.max(MARGIN, innerHeight - height - MARGIN)),
  };
}
