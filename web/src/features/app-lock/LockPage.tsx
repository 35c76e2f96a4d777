/** What there is of the app while this device is locked. */
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import type { LockState } from '../../sdk/channel';
import type { Failure } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { TextField } from '../../ui/TextField';
import { badgeIcon } from '../notifications/favicon';
import { takeBackNotifications } from '../notifications/shown';
import { EntryLayout } from '../session/EntryLayout';
import { useLockCall, useSecondsUntil } from './lock';

export function LockPage({ lock }: { lock: LockState }) {
  const t = useT();
  const [erasing, setErasing] = useState(false);
  useEffect(() => {
    void badgeIcon(0);
    takeBackNotifications();
  }, []);
  return (
    <EntryLayout
      title={t('lock.title')}
      lead={t('lock.lead')}
      footer={
        <p className="text-ink-2">
          {t('lock.forgotten')}{' '}
          <button
            type="button"
            onClick={() => setErasing(true)}
            className="font-medium text-accent underline-offset-2 hover:underline"
          >
            {t('lock.erase')}
          </button>
        </p>
      }
    >
      <UnlockForm next={lock.next} />
      {erasing && <EraseDialog onClose={() => setErasing(false)} />}
    </EntryLayout>
  );
}

function UnlockForm({ next }: { next: number }) {
  const t = useT();
  const ask = useLockCall();
  const field = useRef<HTMLInputElement>(null);
  const [pin, setPin] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const seconds = useSecondsUntil(next);
  const wrong = failure?.kind === 'wrong-pin';

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    const outcome = await ask({ lock: 'unlock', pin });
    setBusy(false);
    if (outcome.ok) return;
    setFailure(outcome.failure);
    setPin('');
    field.current?.focus();
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {failure && !wrong && failure.kind !== 'rate-limited' && (
        <Callout kind="error">{failureText(failure)}</Callout>
      )}
      {seconds > 0 && !busy && <Callout kind="note">{t('lock.wait', { seconds })}</Callout>}
      <TextField
        label={t('lock.pin')}
        type="password"
        error={wrong ? failureText(failure) : undefined}
        value={pin}
        onChange={(event) => setPin(event.target.value)}
        inputRef={field}
        autoComplete="off"
        autoFocus
        required
      />
      <Button type="submit" busy={busy} disabled={!pin || (seconds > 0 && !busy)}>
        {busy ? t('lock.opening') : t('lock.open')}
      </Button>
    </form>
  );
}

function EraseDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const ask = useLockCall();
  return (
    <ConfirmDialog
      title={t('lock.erase_title')}
      text={t('lock.erase_text')}
      action={t('lock.erase')}
      run={() => ask({ lock: 'erase' })}
      onDone={onClose}
      onCancel={onClose}
    >
      <p className="text-ink-2">{t('lock.erase_after')}</p>
    </ConfirmDialog>
  );
}
