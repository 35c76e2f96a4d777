/** What floats above the page: where in the page it is put, where it stands, and what makes it go. */
import { createContext, type ReactNode, type RefObject, useContext, useLayoutEffect, useRef } from 'react';
import { createPortal } from 'react-dom';

/** Carried by the element of each overlay while it is open. */
const MARK = 'data-overlay';
export const OVERLAY = { [MARK]: '' };
const ANY = `[${MARK}]`;

/** Whether something floats above the page, which then has the keys first. */
export function isCovered(): boolean {
  return document.querySelector(ANY) !== null;
}

/** The overlay that an event or an element is in. */
export function overlayOf(target: EventTarget | null): Element | null {
  return target instanceof Element ? target.closest(ANY) : null;
}

/** The element that overlays are put into; the body where none is named. */
export const OverlayHost = createContext<Element | null>(null);

/** Puts an overlay outside of the panes, of which one may be hidden at any time; inside of a modal frame it stays there. */
export function Overlay({ children }: { children: ReactNode }) {
  return createPortal(children, useContext(OverlayHost) ?? document.body);
}

type Position = (floating: HTMLElement) => { left: number; top: number };

/** Shows it in the top layer, where it is neither cut off nor behind a dialog, and keeps it in its place. */
export function useFloating(ref: RefObject<HTMLElement | null>, position: Position): void {
  const latest = useRef(position);
  latest.current = position;
  useLayoutEffect(() => {
    const floating = ref.current;
    if (!floating) return;
    floating.showPopover?.();
    // At once: what is hidden until the next drawing cannot take the focus.
    const stand = () => {
      const { left, top } = latest.current(floating);
      floating.style.left = `${left}px`;
      floating.style.top = `${top}px`;
    };
    stand();
    addEventListener('resize', stand);
    return () => removeEventListener('resize', stand);
  }, [ref]);
}

/** Calls `onClose` on a press or the focus elsewhere, and on Escape where the focus went with what had it. */
export function useDismissal(ref: RefObject<HTMLElement | null>, onClose: () => void): void {
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    const isElsewhere = (event: Event) => !ref.current?.contains(event.target as Node);
    function onElsewhere(event: Event) {
      if (isElsewhere(event)) close.current();
    }
    function onEscape(event: KeyboardEvent) {
      if (event.key !== 'Escape' || !isElsewhere(event)) return;
      // What is below must not take the key too.
      event.preventDefault();
      event.stopPropagation();
      close.current();
    }
    document.addEventListener('pointerdown', onElsewhere, true);
    document.addEventListener('focusin', onElsewhere);
    document.addEventListener('keydown', onEscape, true);
    return () => {
      document.removeEventListener('pointerdown', onElsewhere, true);
      document.removeEventListener('focusin', onElsewhere);
      document.removeEventListener('keydown', onEscape, true);
    };
  }, [ref]);
}
