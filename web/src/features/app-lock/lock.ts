/** The lock of this device, for views. */
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import type { LockCall, LockState } from '../../sdk/channel';
import { asFailure } from '../../sdk/client';
import { type Outcome, useClient } from '../../sdk/store';

/** How often the lock is told that someone is there, at most, in milliseconds. */
const TELL_EVERY = 5_000;
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** How the lock stands; undefined until that is known. */
export function useLock(): LockState | undefined {
  const { lock } = useClient();
  return useSyncExternalStore(lock.onChange, lock.state);
}

export function useLockCall(): (call: LockCall) => Promise<Outcome> {
  const { lock } = useClient();
  return useCallback(
    (call) =>
      lock.ask(call).then(
        (): Outcome => ({ ok: true, answer: { answer: 'done' } }),
        (error): Outcome => ({ ok: false, failure: asFailure(error) }),
      ),
    [lock],
  );
}

/** Tells the lock, while it may lock by itself, that someone is there. */
export function useSignsOfUse(): void {
  const { lock } = useClient();
  const watched = (useLock()?.after ?? 0) > 0;
  useEffect(() => {
    if (!watched) return;
    let told = 0;
    function tell() {
      if (Date.now() - told < TELL_EVERY) return;
      told = Date.now();
      void lock.ask({ lock: 'used' }).catch(() => {});
    }
    for (const sign of SIGNS) addEventListener(sign, tell, { passive: true, capture: true });
    return () => {
      for (const sign of SIGNS) removeEventListener(sign, tell, { capture: true });
    };
  }, [lock, watched]);
}

/** How many seconds there are until then, counted down. */
export function useSecondsUntil(time: number): number {
  const [now, setNow] = useState(Date.now);
  const left = Math.max(0, Math.ceil((time - now) / 1000));
  useEffect(() => {
    setNow(Date.now());
    if (time <= Date.now()) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [time]);
  return left;
}
