import { useSyncExternalStore } from 'react';
import { useLocation } from 'wouter';

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}

/** What follows the `#` in the address. */
export function useFragment(): string {
  // Going to another page changes it without a word.
  useLocation();
  return useSyncExternalStore(subscribe, () => location.hash.slice(1));
}
