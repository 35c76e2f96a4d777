/** Asking for a menu: right click, the menu key, or a finger that stays. */
import { type MouseEvent, type PointerEvent, useRef } from 'react';
import type { MenuPlace } from '../../ui/Menu';

/** How long a finger has to stay, in milliseconds, and how far it may move, in pixels. */
const HOLD = 450;
const SLACK = 10;

/** Handlers for the element whose menu it is. */
export function useLongPress(open: (place: MenuPlace) => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const start = useRef({ x: 0, y: 0 });
  const held = useRef(false);
  const stop = () => clearTimeout(timer.current);

  return {
    onContextMenu(event: MouseEvent<HTMLElement>) {
      event.preventDefault();
      if (held.current) return;
      // From the keyboard there is no point: the menu opens at the element.
      const byKey = event.clientX === 0 && event.clientY === 0;
      if (byKey) open(event.currentTarget.getBoundingClientRect());
      else open({ x: event.clientX, y: event.clientY });
    },
    onPointerDown(event: PointerEvent<HTMLElement>) {
      held.current = false;
      if (event.pointerType !== 'touch') return;
      start.current = { x: event.clientX, y: event.clientY };
      timer.current = setTimeout(() => {
        held.current = true;
        open(start.current);
      }, HOLD);
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      const moved = Math.hypot(event.clientX - start.current.x, event.clientY - start.current.y);
      if (moved > SLACK) stop();
    },
    onPointerUp: stop,
    onPointerCancel: stop,
    onClick(event: MouseEvent<HTMLElement>) {
      // The finger that asked for the menu does not also open the chat.
      if (held.current) event.preventDefault();
      held.current = false;
    },
  };
}
