/** Keys and buttons of the viewer: they enlarge what is shown, move it, and wind to another. */
import { type KeyboardEvent, type RefObject, useRef } from 'react';
import { sizeOf } from './gestures';
import { enlarged, kept, type Size, type View, WHOLE } from './zoom';

/** What a key enlarges by. */
const TIMES: Record<string, number> = { '+': 1.4, '=': 1.4, '-': 1 / 1.4 };
/** How far an arrow key moves what is enlarged; in pixels. */
const STEP = 80;
/** Which one a key leads to. */
const PAGES: Record<string, (shown: number, last: number) => number> = {
  PageUp: (shown) => shown - 1,
  PageDown: (shown) => shown + 1,
  Home: () => 0,
  End: (_, last) => last,
};

type Way = -1 | 0 | 1;

const ARROWS: Record<string, [Way, Way]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export interface Zoom {
  stage: RefObject<HTMLDivElement | null>;
  large: boolean;
  by: (times: number) => void;
  move: (x: Way, y: Way) => void;
  whole: () => void;
}

interface ZoomOptions {
  /** It is a photo, which can be enlarged. */
  still: boolean;
  picture: Size;
  view: View;
  setView: (view: View, smooth: boolean) => void;
}

/** Enlarges around the middle. */
export function useZoom({ still, picture, view, setView }: ZoomOptions): Zoom {
  const stage = useRef<HTMLDivElement>(null);
  return {
    stage,
    large: view.zoom > 1,
    by(times) {
      if (!still || !stage.current) return;
      setView(enlarged(view, times, { x: 0, y: 0 }, picture, sizeOf(stage.current)), true);
    },
    move(x, y) {
      if (!stage.current) return;
      const moved = { ...view, x: view.x - x * STEP, y: view.y - y * STEP };
      setView(kept(moved, picture, sizeOf(stage.current)), true);
    },
    whole: () => setView(WHOLE, true),
  };
}

interface KeysOptions {
  shown: number;
  last: number;
  onShow: (index: number) => void;
  zoom: Zoom;
}

/** Arrow keys move what is enlarged, else they wind. */
export function useKeys({ shown, last, onShow, zoom }: KeysOptions) {
  const show = (index: number) => onShow(Math.min(last, Math.max(0, index)));
  return function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // A video has arrow keys of its own.
    if (event.target instanceof HTMLVideoElement) return;
    const [x, y] = ARROWS[event.key] ?? [0, 0];
    const rtl = document.documentElement.dir === 'rtl';
    const to = PAGES[event.key]?.(shown, last);
    const times = TIMES[event.key];
    if (zoom.large && (x || y)) zoom.move(x, y);
    else if (x) show(shown + (rtl ? -x : x));
    else if (to !== undefined) show(to);
    else if (times !== undefined) zoom.by(times);
    else if (event.key === '0') zoom.whole();
    else return;
    event.preventDefault();
  };
}
