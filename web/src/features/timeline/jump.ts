/** Going to a message that was jumped to: by scrolling if it is drawn, else by another window. It gets the focus too. */
import { type RefObject, useEffect, useRef } from 'react';
import type { VirtualizerHandle } from 'virtua';
import type { Jump } from '../conversation/context';
import { messageElement } from './keys';
import type { Window } from './window';

/** Frames within which a message that was jumped to is drawn. */
const PATIENCE = 60;

/** What was done for jumps: once for each, however often the window begins anew after it. */
export interface Tried {
  /** Another window was asked for. */
  elsewhere: Jump | undefined;
  /** It was gone to. */
  arrived: Jump | undefined;
}

interface JumpProps {
  jump: Jump | undefined;
  tried: { current: Tried };
  list: RefObject<VirtualizerHandle | null>;
  scroller: RefObject<HTMLDivElement | null>;
  shown: Window;
  /** Tells that what scrolls next was meant to. */
  leave: () => void;
}

export function useJump({ jump, tried, list, scroller, shown, leave }: JumpProps): void {
  const latest = useRef(shown);
  latest.current = shown;
  useEffect(() => {
    if (!jump || tried.current.arrived === jump) return;
    const { items, jump: elsewhere } = latest.current;
    const at = items.findIndex((item) => item.key === jump.key);
    if (at >= 0) {
      tried.current.arrived = jump;
      leave();
      list.current?.scrollToIndex(at, { align: 'center' });
      focusWhenDrawn(scroller, jump.key);
    } else if (tried.current.elsewhere !== jump) {
      tried.current.elsewhere = jump;
      elsewhere(jump.key);
    }
  }, [jump, tried, list, scroller, leave]);
}

/** Rows are drawn only some frames after a window began anew or was scrolled far. */
function focusWhenDrawn(scroller: JumpProps['scroller'], key: string, patience = PATIENCE): void {
  requestAnimationFrame(() => {
    const element = messageElement(scroller.current, key);
    if (element) element.focus({ preventScroll: true });
    else if (patience > 0) focusWhenDrawn(scroller, key, patience - 1);
  });
}
