/** A menu that floats where it was asked for. Arrow keys walk, letters jump, Escape and Tab close, focus goes back. */
import type { LucideIcon } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from 'react';
import { OVERLAY, Overlay, useDismissal, useFloating } from './overlay';

/** Where a menu opens: below or above an element, or at a point. */
export type MenuPlace = DOMRect | { x: number; y: number };

/** Space that stays between a menu and the edge of the window, in pixels. */
const MARGIN = 8;

interface MenuProps {
  label: string;
  place: MenuPlace;
  onClose: () => void;
  children: ReactNode;
}

export function Menu({ label, place, onClose, children }: MenuProps) {
  const ref = useRef<HTMLDivElement>(null);
  useFloating(ref, (menu) => position(place, menu));
  // Before what follows: it no longer listens when the focus is given back.
  useDismissal(ref, onClose);

  useLayoutEffect(() => {
    const menu = ref.current;
    const before = document.activeElement as HTMLElement | null;
    items(menu)[0]?.focus();
    return () => {
      // While the menu is still there: a dialog that it opened gives the focus back to where it was before both.
      const active = document.activeElement;
      if (!active || active === document.body || menu?.contains(active)) before?.focus();
    };
  }, []);

  function onKeyDown(event: KeyboardEvent) {
    event.stopPropagation();
    const all = items(ref.current);
    const index = all.indexOf(document.activeElement as HTMLElement);
    const next = nextItem(event.key, all, index);
    if (next) next.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') onClose();
    else return;
    event.preventDefault();
  }

  return (
    <Overlay>
      <div
        {...OVERLAY}
        ref={ref}
        popover="manual"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        onKeyDown={onKeyDown}
        onContextMenu={(event) => event.preventDefault()}
        className="menu-frame min-w-52 max-w-[calc(100vw-1rem)] animate-appear flex-col rounded-row border border-line bg-raised p-1.5 text-ink shadow-float"
      >
        {children}
      </div>
    </Overlay>
  );
}

function items(menu: HTMLElement | null): HTMLElement[] {
  return [...(menu?.querySelectorAll<HTMLElement>('[role^=menuitem]:not(:disabled)') ?? [])];
}

function nextItem(key: string, all: HTMLElement[], index: number): HTMLElement | undefined {
  if (key === 'ArrowDown') return all[(index + 1) % all.length];
  if (key === 'ArrowUp') return all.at(index - 1) ?? all.at(-1);
  if (key === 'Home') return all[0];
  if (key === 'End') return all.at(-1);
  if (key.length !== 1 || key === ' ') return undefined;
  const after = [...all.slice(index + 1), ...all.slice(0, index + 1)];
  return after.find((item) => item.textContent?.trim().toLowerCase().startsWith(key.toLowerCase()));
}

/** Beside its place on the side where there is room, and inside the window. */
function position(place: MenuPlace, menu: HTMLElement): { left: number; top: number } {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const rtl = document.documentElement.dir === 'rtl';
  const box = 'width' in place ? place : { left: place.x, right: place.x, top: place.y, bottom: place.y };
  const wide = box.right - box.left > 80;
  // A small button has its menu below it, flush with its end; a point is the menu's corner.
  const flushEnd = rtl ? box.left : box.right - width;
  const corner = rtl ? box.left - width : box.left;
  let left = 'width' in place && !wide ? flushEnd : corner;
  let top = box.bottom + ('width' in place ? 4 : 0);
  if (top + height > innerHeight - MARGIN) top = box.top - height - ('width' in place ? 4 : 0);
  left = Math.min(Math.max(left, MARGIN), Math.max(MARGIN, innerWidth - width - MARGIN));
  top = Math.min(Math.max(top, MARGIN), Math.max(MARGIN, innerHeight - height - MARGIN));
  return { left, top };
}

interface MenuItemProps {
  icon?: LucideIcon;
  onSelect: () => void;
  danger?: boolean;
  /** Its icon points somewhere, which is the other way where one writes from the right. */
  mirrored?: boolean;
  children: ReactNode;
}

export function MenuItem({
  icon: Icon,
  onSelect,
  danger = false,
  mirrored = false,
  children,
}: MenuItemProps) {
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      onClick={onSelect}
      className={`flex w-full items-center gap-3 rounded-[9px] px-2.5 py-2 text-start text-[0.875rem] hover:bg-hover focus:bg-hover focus-visible:outline-offset-[-2px] ${danger ? 'text-danger' : 'text-ink'}`}
    >
      {Icon && (
        <Icon
          size={17}
          aria-hidden
          className={`shrink-0 ${danger ? 'text-danger' : 'text-ink-2'} ${mirrored ? 'rtl:rotate-180' : ''}`}
        />
      )}
      <span className="min-w-0 flex-1 truncate">{children}</span>
    </button>
  );
}

export function MenuLine() {
  return <hr className="mx-2 my-1.5 border-line" />;
}
