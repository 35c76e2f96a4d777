/** What to do where the app cannot run. */
import { ShieldAlert } from 'lucide-react';
import { useT } from '../i18n';

/** Why it cannot: the page has no secure context, the browser lacks something, or the client failed to open. */
export type Blocked = 'insecure' | 'browser' | 'client';

/** What keeps the app from starting here, if anything does. */
export function blocked(): Blocked | undefined {
  if (!isSecureContext) return 'insecure';
  if (!navigator.locks || !globalThis.BroadcastChannel || !crypto.subtle || !navigator.serviceWorker)
    return 'browser';
  return undefined;
}

export function BlockedPage({ reason, detail }: { reason: Blocked; detail?: string }) {
  const t = useT();
  return (
    <main className="mx-auto flex h-full max-w-[27rem] flex-col justify-center px-6">
      <ShieldAlert size={36} strokeWidth={1.6} aria-hidden className="text-unread" />
      <h1 className="mt-5 text-display">{t(`blocked.${reason}_title`)}</h1>
      <p className="mt-2 text-ink-2">{t(`blocked.${reason}_text`)}</p>
      {detail && <p className="mt-4 break-words font-mono text-ink-3 text-meta">{detail}</p>}
      {reason === 'client' && (
        <button
          type="button"
          onClick={() => location.reload()}
          className="mt-6 self-start rounded-control bg-accent px-4 py-2.5 font-medium text-accent-ink hover:bg-accent-strong"
        >
          {t('connection.reload')}
        </button>
      )}
    </main>
  );
}
