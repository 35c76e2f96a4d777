/** Fingers, mouse and wheel on a picture: it is enlarged, moved, wound on by a swipe, or put away by a pull down. */
import { type PointerEvent, type RefObject, useEffect, useRef } from 'react';
import { CLOSE, enlarged, kept, type Point, type Size, type View, WHOLE } from './zoom';

/** A finger that moved so far meant it; in pixels. */
const SWIPE = 60;
const PULL = 110;
/** Two taps within this many milliseconds and pixels are one gesture. */
const TAPS_WITHIN = 300;
const TAP_SLACK = 24;

export interface GestureOptions {
  stage: RefObject<HTMLElement | null>;
  picture: Size;
  view: View;
  /** `smooth` where no finger leads it. */
  setView: (view: View, smooth: boolean) => void;
  /** Away from the beginning of the line is positive. */
  onSwipe: (by: 1 | -1) => void;
  onPullDown: () => void;
}

interface Touch {
  /** Where each finger is. */
  fingers: Map<number, Point>;
  began: Point;
  /** There were two fingers: what is left of them is no swipe and no tap. */
  pinched: boolean;
  lastTap: Point & { time: number };
}

function between(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** A point of the window, counted from the middle of the stage. */
function onStage(stage: HTMLElement, { x, y }: Point): Point {
  const box = stage.getBoundingClientRect();
  return { x: x - box.left - box.width / 2, y: y - box.top - box.height / 2 };
}

export function sizeOf(stage: HTMLElement): Size {
  return { width: stage.clientWidth, height: stage.clientHeight };
}

export function useGestures(options: GestureOptions) {
  const latest = useRef(options);
  latest.current = options;
  const touch = useRef<Touch>({
    fingers: new Map(),
    began: { x: 0, y: 0 },
    pinched: false,
    lastTap: { x: 0, y: 0, time: 0 },
  });
  useWheel(latest);

  return {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.button !== 0) return;
      const { fingers } = touch.current;
      event.currentTarget.setPointerCapture?.(event.pointerId);
      fingers.set(event.pointerId, pointOf(event));
      touch.current.pinched = fingers.size > 1;
      if (fingers.size === 1) touch.current.began = pointOf(event);
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      const { fingers, began, pinched } = touch.current;
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const now = pointOf(event);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      fingers.set(event.pointerId, now);
      if (other) pinch(latest.current, before, now, other);
      else if (latest.current.view.zoom > 1) move(latest.current, before, now);
      else if (event.pointerType !== 'mouse' && !pinched) follow(latest.current, began, now);
    },
    onPointerUp(event: PointerEvent<HTMLElement>) {
      const { fingers, began, pinched } = touch.current;
      if (!fingers.delete(event.pointerId) || fingers.size > 0) return;
      const now = pointOf(event);
      if (pinched) return;
      if (between(began, now) <= TAP_SLACK) tap(latest.current, touch.current, now, event.timeStamp);
      else if (event.pointerType !== 'mouse' && latest.current.view.zoom === 1)
        letGo(latest.current, began, now);
    },
    onPointerCancel(event: PointerEvent<HTMLElement>) {
      touch.current.fingers.delete(event.pointerId);
      if (latest.current.view.zoom === 1) latest.current.setView(WHOLE, true);
    },
  };
}

function pointOf({ clientX: x, clientY: y }: { clientX: number; clientY: number }): Point {
  return { x, y };
}

function pinch({ stage, picture, view, setView }: GestureOptions, before: Point, now: Point, other: Point) {
  if (!stage.current) return;
  const middle = (a: Point) => ({ x: (a.x + other.x) / 2, y: (a.y + other.y) / 2 });
  const from = onStage(stage.current, middle(before));
  const to = onStage(stage.current, middle(now));
  const times = between(now, other) / Math.max(1, between(before, other));
  const size = sizeOf(stage.current);
  const larger = enlarged(view, times, from, picture, size);
  setView(
    kept({ ...larger, x: larger.x + to.x - from.x, y: larger.y + to.y - from.y }, picture, size),
    false,
  );
}

function move({ stage, picture, view, setView }: GestureOptions, before: Point, now: Point) {
  if (!stage.current) return;
  const moved = { ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y };
  setView(kept(moved, picture, sizeOf(stage.current)), false);
}

/** The whole picture goes with the finger, sideways or down. */
function follow({ setView }: GestureOptions, began: Point, now: Point) {
  const [x, y] = [now.x - began.x, now.y - began.y];
  setView(Math.abs(x) > Math.abs(y) ? { zoom: 1, x, y: 0 } : { zoom: 1, x: 0, y: Math.max(0, y) }, false);
}

function letGo({ setView, onSwipe, onPullDown }: GestureOptions, began: Point, now: Point) {
  const [x, y] = [now.x - began.x, now.y - began.y];
  setView(WHOLE, true);
  if (Math.abs(x) > Math.abs(y)) {
    const rtl = document.documentElement.dir === 'rtl';
    if (Math.abs(x) > SWIPE) onSwipe(x < 0 !== rtl ? 1 : -1);
  } else if (y > PULL) onPullDown();
}

/** Browsers tell of a double tap of a finger in different ways, some not at all. */
function tap(options: GestureOptions, touch: Touch, now: Point, time: number) {
  const { stage, picture, view, setView } = options;
  const last = touch.lastTap;
  const twice = time - last.time < TAPS_WITHIN && between(last, now) <= TAP_SLACK;
  touch.lastTap = { ...now, time: twice ? 0 : time };
  if (view.zoom === 1) setView(WHOLE, true);
  if (!twice || !stage.current) return;
  const point = onStage(stage.current, now);
  setView(view.zoom > 1 ? WHOLE : enlarged(view, CLOSE, point, picture, sizeOf(stage.current)), true);
}

/** Two fingers on a touchpad come as a turned wheel with Ctrl held, and in smaller steps. */
function useWheel(latest: RefObject<GestureOptions>): void {
  useEffect(() => {
    const { stage } = latest.current;
    const element = stage.current;
    if (!element) return;
    function onWheel(event: WheelEvent) {
      // Else the page would be enlarged, with all that is in it.
      event.preventDefault();
      const { picture, view, setView } = latest.current;
      const times = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016));
      const point = onStage(event.currentTarget as HTMLElement, pointOf(event));
      setView(enlarged(view, times, point, picture, sizeOf(event.currentTarget as HTMLElement)), false);
    }
    // The listeners of React are passive here.
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [latest]);
}
