/** The emoji picker, floating beside what asked for it; at the bottom where there is little room. */
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef } from 'react';
import { useT } from '../../i18n';
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
  const close = useRef(onClose);
  close.current = onClose;

  useLayoutEffect(() => {
    const popover = ref.current;
    if (!popover) return;
    popover.showPopover?.();
    // At once: what is hidden until the next drawing cannot take the focus.
    const { left, top } = position(place, popover);
    popover.style.left = `${left}px`;
    popover.style.top = `${top}px`;
  }, [place]);

  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    ref.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    function onPress(event: PointerEvent) {
      if (!ref.current?.contains(event.target as Node)) close.current();
    }
    document.addEventListener('pointerdown', onPress, true);
    return () => {
      document.removeEventListener('pointerdown', onPress, true);
      const focused = document.activeElement;
      if (focused === document.body || focused === null) before?.focus();
    };
  }, []);

  function onKeyDown(event: KeyboardEvent) {
    event.stopPropagation();
    if (event.key !== 'Escape') return;
    event.preventDefault();
    onClose();
  }

  return (
    <div
      ref={ref}
      popover="manual"
      role="dialog"
      aria-label={t('emoji.title')}
      onKeyDown={onKeyDown}
      onBlur={(event) => {
        // Tab leads out of it; a press beside it is told apart above.
        if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) onClose();
      }}
      className="fixed inset-auto m-0 w-[22.5rem] max-w-[calc(100vw-1rem)] animate-appear overflow-visible rounded-bubble border border-line bg-raised p-0 text-ink shadow-float"
    >
      <EmojiPicker onPick={onPick} />
    </div>
  );
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
