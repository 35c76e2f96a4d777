/** An invite link that someone followed before they were signed in: kept in this tab until they are. */
const STORED = 'sealpost-join';

export function keepLink(fragment: string): void {
  if (fragment) sessionStorage.setItem(STORED, fragment);
}

export function hasLink(): boolean {
  return sessionStorage.getItem(STORED) !== null;
}

/** Gives it once. */
export function takeLink(): string | null {
  const fragment = sessionStorage.getItem(STORED);
  sessionStorage.removeItem(STORED);
  return fragment;
}
