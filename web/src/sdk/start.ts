/** Starts the client of this tab: its worker, and the service worker that keeps the app for offline starts. */
import type { Client } from './client';
import { connect } from './tab';

/** `failed` is told why if the client cannot be opened. */
export function startClient(failed: (detail: string) => void): Client {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'sealpost' });
  worker.addEventListener('error', (event) => {
    // A client that broke holds the lock and answers nobody. Ending it lets another tab take over.
    worker.terminate();
    failed(event.message);
  });
  if (import.meta.env.PROD) void navigator.serviceWorker.register('/service-worker.js');
  // What was erased must not live on in views either: the page starts from nothing.
  return connect(worker, { restart: () => location.replace('/sign-in'), failed });
}
