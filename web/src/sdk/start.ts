/** Starts the client of this tab: its worker, and the service worker that keeps the app for offline starts. */
import type { Client } from './client';
import { openMediaDoor } from './media-door';
import { connect } from './tab';

export interface Around {
  /** Told why if the client cannot be opened. */
  failed: (detail: string) => void;
  /** Takes everything off the screen, before the page starts anew. */
  leave: () => void;
}

export function startClient({ failed, leave }: Around): Client {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'sealpost' });
  worker.addEventListener('error', (event) => {
    // A client that broke holds the lock and answers nobody. Ending it lets another tab take over.
    worker.terminate();
    failed(event.message);
  });
  if (import.meta.env.PROD) void navigator.serviceWorker.register('/service-worker.js');
  const client = connect(worker, {
    // What was erased or locked must not live on in views either: the page starts from nothing.
    restart(at) {
      leave();
      worker.terminate();
      if (at === 'entry') location.replace('/sign-in');
      else location.reload();
    },
    failed,
  });
  openMediaDoor(client.media);
  return client;
}
