/** The client as a tab sees it: everything is asked of the tab's own worker. */
import type { Ask, Call, LockCall, LockState, Result, Tell } from './channel';
import type { Changed, Client, StorageKind } from './client';
import type { Answer, Snapshot } from './types';

/** What the tab needs of a worker. */
export type WorkerPort = Pick<Worker, 'postMessage' | 'addEventListener'>;

/** What a tab does when its worker cannot go on. */
export interface Endings {
  /** The device was signed out or locked: the page has to start anew, at the entry or where it is. */
  restart: (at: 'entry' | 'here') => void;
  /** The client could not be opened, and why. */
  failed: (detail: string) => void;
}

/** Wraps a worker. */
export function connect(worker: WorkerPort, { restart, failed }: Endings): Client {
  const waiting = new Map<number, (result: Result) => void>();
  const listeners = new Set<(changed: Changed) => void>();
  const lockListeners = new Set<() => void>();
  let lock: LockState | undefined;
  let last = 0;

  function showLock(state: LockState) {
    lock = state;
    for (const listener of lockListeners) listener();
  }

  worker.addEventListener('message', (event) => {
    const message = (event as MessageEvent<Tell>).data;
    if (message.tell === 'changed') for (const listener of listeners) listener(message.changed);
    else if (message.tell === 'lock') showLock(message.state);
    else if (message.tell === 'restart') restart(message.at);
    else if (message.tell === 'failed') failed(message.detail);
    else {
      waiting.get(message.id)?.(message.result);
      waiting.delete(message.id);
    }
  });

  function ask<T>(what: { call: Call } | { lock: LockCall }): Promise<T> {
    const id = ++last;
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, (result) => (result.ok ? resolve(result.value as T) : reject(result.failure)));
      worker.postMessage({ id, ...what } satisfies Ask);
    });
  }

  return {
    command: (command) => ask<Answer>({ call: { call: 'command', command } }),
    snapshot: (key) => ask<Snapshot>({ call: { call: 'snapshot', key } }),
    storage: () => ask<StorageKind>({ call: { call: 'storage' } }),
    media: {
      stage: (blob, file) => ask<void>({ call: { call: 'stage', blob, file } }),
      read: (blob, from, to) => ask<Uint8Array<ArrayBuffer>>({ call: { call: 'read', blob, from, to } }),
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    lock: {
      state: () => lock,
      onChange(listener) {
        lockListeners.add(listener);
        return () => lockListeners.delete(listener);
      },
      ask: (call) => ask<void>({ lock: call }),
    },
  };
}
