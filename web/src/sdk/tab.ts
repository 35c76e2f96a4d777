/** The client as a tab sees it: everything is asked of the tab's own worker. */
import type { Ask, Call, Result, Tell } from './channel';
import type { Changed, Client, StorageKind } from './client';
import type { Answer, Snapshot } from './types';

/** What the tab needs of a worker. */
export type WorkerPort = Pick<Worker, 'postMessage' | 'addEventListener'>;

/** What a tab does when its worker cannot go on. */
export interface Endings {
  /** The device was signed out: the page has to start anew. */
  restart: () => void;
  /** The client could not be opened, and why. */
  failed: (detail: string) => void;
}

/** Wraps a worker. */
export function connect(worker: WorkerPort, { restart, failed }: Endings): Client {
  const waiting = new Map<number, (result: Result) => void>();
  const listeners = new Set<(changed: Changed) => void>();
  let last = 0;

  worker.addEventListener('message', (event) => {
    const message = (event as MessageEvent<Tell>).data;
    if (message.tell === 'changed') for (const listener of listeners) listener(message.changed);
    else if (message.tell === 'restart') restart();
    else if (message.tell === 'failed') failed(message.detail);
    else {
      waiting.get(message.id)?.(message.result);
      waiting.delete(message.id);
    }
  });

  function ask<T>(call: Call): Promise<T> {
    const id = ++last;
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, (result) => (result.ok ? resolve(result.value as T) : reject(result.failure)));
      worker.postMessage({ id, call } satisfies Ask);
    });
  }

  return {
    command: (command) => ask<Answer>({ call: 'command', command }),
    snapshot: (key) => ask<Snapshot>({ call: 'snapshot', key }),
    storage: () => ask<StorageKind>({ call: 'storage' }),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
