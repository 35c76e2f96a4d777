/** Keeps what is equal the same object, so that views are drawn anew only where something changed. */

/** What an element of a list is known by, wherever it stands. */
function identity(element: unknown): unknown {
  if (typeof element !== 'object' || element === null) return undefined;
  if ('key' in element) return element.key;
  return 'conversation' in element ? element.conversation : undefined;
}

function shareList(before: unknown[], now: unknown[]): unknown[] {
  const known = new Map(before.map((element) => [identity(element), element]));
  const shared = now.map((element, index) => {
    const id = identity(element);
    return share(id === undefined ? before[index] : known.get(id), element);
  });
  const same = shared.length === before.length && shared.every((element, index) => element === before[index]);
  return same ? before : shared;
}

/** `now`, with the parts of `before` that are equal to its own; `before` itself if all of it is. Of plain data alone. */
export function share<T>(before: unknown, now: T): T {
  if (Object.is(before, now)) return now;
  if (typeof before !== 'object' || typeof now !== 'object' || before === null || now === null) return now;
  if (Array.isArray(before) !== Array.isArray(now)) return now;
  if (Array.isArray(before) && Array.isArray(now)) return shareList(before, now) as T;
  const earlier = before as Record<string, unknown>;
  const entries = Object.entries(now).map(([name, value]) => [name, share(earlier[name], value)] as const);
  const same =
    entries.length === Object.keys(earlier).length &&
    entries.every(([name, value]) => name in earlier && Object.is(value, earlier[name]));
  return same ? (before as T) : (Object.fromEntries(entries) as T);
}
