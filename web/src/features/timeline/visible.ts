/** Whether this tab is in front, and whether someone is at it. */
import { useSyncExternalStore } from 'react';

function onVisibility(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

function onAttention(listener: () => void): () => void {
  const stop = onVisibility(listener);
  window.addEventListener('focus', listener);
  window.addEventListener('blur', listener);
  return () => {
    stop();
    window.removeEventListener('focus', listener);
    window.removeEventListener('blur', listener);
  };
}

/** Whether this tab is in front of the others of its window. */
export function usePageVisible(): boolean {
  return useSyncExternalStore(onVisibility, () => document.visibilityState === 'visible');
}

/** Whether what is in this tab is seen: it is in front, and its window is the one that is used. */
export function usePageSeen(): boolean {
  return useSyncExternalStore(
    onAttention,
    () => document.visibilityState === 'visible' && document.hasFocus(),
  );
}
