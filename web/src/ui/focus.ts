/** Keeps the focus near where one works: when what has it goes away, a neighbour gets it, else the heading above. */
import { overlayOf } from './overlay';

const FOCUSABLE =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex]';
const HEADING = 'h1, h2, h3';
/** What is a page or a pane: when all in it went, one goes on at its heading. */
const PAGE = 'body, #root, main, [data-pane]';

/** Where the focus is. */
interface Place {
  element: HTMLElement;
  /** From the inside to the outside: what it is in, and at which place among its children. */
  steps: { parent: Element; child: Element; at: number }[];
  overlay: Element | null;
  /** Where it was before it went into the overlay. */
  before: Place | undefined;
}

function placeOf(element: HTMLElement, last: Place | undefined): Place {
  const steps = [];
  let child: Element = element;
  for (let parent = child.parentElement; parent; parent = child.parentElement) {
    steps.push({ parent, child, at: [...parent.children].indexOf(child) });
    child = parent;
  }
  const overlay = overlayOf(element);
  return { element, steps, overlay, before: overlay ? placeBefore(overlay, last) : undefined };
}

/** Where the focus was before it went into the overlay, also if it comes back there from one above. */
function placeBefore(overlay: Element, last: Place | undefined): Place | undefined {
  for (let place = last; place; place = place.before) if (place.overlay === overlay) return place.before;
  return last;
}

/** Whether it is in the page and not hidden with what it is in. */
export function isShown(element: Element): boolean {
  return element.isConnected && (element.checkVisibility?.() ?? true);
}

/** Whether no key reaches anything: what had the focus is gone or hidden. */
export function isFocusLost(): boolean {
  const active = document.activeElement;
  return active === null || active === document.body || !isShown(active);
}

function focusables(element: Element): HTMLElement[] {
  const inside = [...element.querySelectorAll<HTMLElement>(FOCUSABLE)];
  return element.matches(FOCUSABLE) ? [element as HTMLElement, ...inside] : inside;
}

/** A field that gets the focus under a finger brings up a keyboard that nobody asked for. */
function isWelcome(element: HTMLElement): boolean {
  const field = element.matches('input:not([type=checkbox], [type=radio]), textarea');
  return isShown(element) && !(field && matchMedia('(pointer: coarse)').matches);
}

/** Which of the controls in what was lost it was: of nested ones the outermost counts. */
function positionIn(lost: Element, element: HTMLElement): number {
  const all = focusables(lost);
  return Math.max(
    0,
    all.findIndex((one) => one.contains(element)),
  );
}

/** The control at that place in a neighbour of what was lost, else its last one. */
function controlIn(neighbour: Element | undefined, position: number): HTMLElement | undefined {
  const all = neighbour ? focusables(neighbour).filter(isWelcome) : [];
  return all[position] ?? all.at(-1);
}

/** Gives the focus to the first heading that is shown there, or to the control that it is in. */
export function focusHeading(within: Element): boolean {
  const heading = [...within.querySelectorAll<HTMLElement>(HEADING)].find(isShown);
  if (!heading) return false;
  const control = heading.closest<HTMLElement>('a, button');
  if (!control) heading.tabIndex = -1;
  (control ?? heading).focus();
  return true;
}

function giveBack({ element, steps, overlay, before }: Place): void {
  if (isShown(element)) element.focus();
  else if (!overlay || overlay.isConnected) giveToNear(element, steps);
  else if (before) giveBack(before);
}

/** From what is left of where it was, outwards. */
function giveToNear(element: HTMLElement, steps: Place['steps']): void {
  const left = steps.slice(steps.findIndex(({ parent }) => isShown(parent)));
  for (const [index, { parent, child, at }] of left.entries()) {
    const page = parent.matches(PAGE);
    const position = index === 0 ? positionIn(child, element) : 0;
    const control = page ? undefined : controlNear(parent, at, position);
    if (control) return void control.focus();
    if (focusHeading(parent)) return;
  }
}

/** What can be focused around that place: what it is in itself, or what stands there now, after it or before it. */
function controlNear(parent: Element, at: number, position: number): HTMLElement | undefined {
  if (parent.matches(FOCUSABLE)) return parent as HTMLElement;
  for (const place of [at, at + 1, at - 1]) {
    const control = controlIn(parent.children[place], position);
    if (control) return control;
  }
  return undefined;
}

/** Watches over the focus of the whole page, until what it gives is called. */
export function keepFocus(): () => void {
  let place: Place | undefined;

  function onFocus({ target }: FocusEvent) {
    if (target instanceof HTMLElement) place = placeOf(target, place);
  }

  /** A press beside everything lets the focus go on purpose. */
  function onPress({ target }: PointerEvent) {
    if (!place?.overlay?.contains(target as Node)) place = undefined;
  }

  function look(changes: MutationRecord[] = []) {
    if (!place || !isFocusLost()) return;
    const lost = place;
    // What is put elsewhere in the page loses the focus on the way.
    const moved = changes.some(({ removedNodes }) =>
      [...removedNodes].some((one) => one.contains(lost.element)),
    );
    if (isShown(lost.element) && !moved) return;
    // What gets the focus now is still in front of where it was before the overlay.
    giveBack(lost);
    if (place === lost) place = undefined;
  }

  const onResize = () => look();
  const observer = new MutationObserver(look);
  observer.observe(document.body, { childList: true, subtree: true });
  document.addEventListener('focusin', onFocus);
  document.addEventListener('pointerdown', onPress, true);
  addEventListener('resize', onResize);
  return () => {
    observer.disconnect();
    document.removeEventListener('focusin', onFocus);
    document.removeEventListener('pointerdown', onPress, true);
    removeEventListener('resize', onResize);
  };
}
