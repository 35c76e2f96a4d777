/** How the connection is, in words; says nothing while all is well. */
import { useEffect, useState } from 'react';
import { useT } from '../../i18n';
import { useSnapshot } from '../../sdk/store';
import type { Connection } from '../../sdk/types';

type State = Connection['state'];

/** How long a passing state may last before it is worth a word, in milliseconds. */
const PATIENCE: Partial<Record<State, number>> = {
  connecting: 600,
  catching_up: 600,
  offline: 0,
  update_needed: 0,
};

/** The state to show, or nothing while there is nothing to say. */
export function useConnectionToShow(): Exclude<State, 'idle' | 'online'> | undefined {
  const state = useSnapshot({ type: 'connection' })?.state;
  const [shown, setShown] = useState<State>();
  useEffect(() => {
    const patience = state && PATIENCE[state];
    if (patience === undefined) return setShown(undefined);
    const timer = setTimeout(() => setShown(state), patience);
    return () => clearTimeout(timer);
  }, [state]);
  return shown === 'idle' || shown === 'online' ? undefined : shown;
}

export function ConnectionStatus() {
  const t = useT();
  const state = useConnectionToShow();
  return (
    <div role="status" className="shrink-0">
      {state && (
        <div className="flex animate-appear items-center gap-2.5 border-line border-t px-4 py-3 text-ink-2 text-meta">
          <span
            aria-hidden
            className={`size-2 shrink-0 rounded-full ${state === 'offline' || state === 'update_needed' ? 'bg-unread' : 'animate-breathe bg-accent'}`}
          />
          <span className="flex-1">{t(`connection.${state}`)}</span>
          {state === 'update_needed' && (
            <button
              type="button"
              onClick={() => location.reload()}
              className="rounded-tight px-2 py-1 font-semibold text-accent hover:bg-accent-soft"
            >
              {t('connection.reload')}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
