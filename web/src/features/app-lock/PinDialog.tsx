/** Sets, changes or removes the PIN of this device. */
import { type FormEvent, useId, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import type { LockCall } from '../../sdk/channel';
import type { Failure } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/TextField';
import { useToast } from '../../ui/Toast';
import { useLockCall } from './lock';

export type PinChange = 'set' | 'change' | 'remove';

export function PinDialog({ change, onClose }: { change: PinChange; onClose: () => void }) {
  const t = useT();
  const ask = useLockCall();
  const toast = useToast();
  const form = useId();
  const [present, setPresent] = useState('');
  const [pin, setPin] = useState('');
  const [again, setAgain] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [differ, setDiffer] = useState(false);
  const [busy, setBusy] = useState(false);
  const wrong = failure?.kind === 'wrong-pin';
  const tooShort = failure?.kind === 'pin-too-short';

  const calls: Record<PinChange, LockCall> = {
    set: { lock: 'set', pin },
    change: { lock: 'set', pin, present },
    remove: { lock: 'remove', present },
  };

  async function submit(event: FormEvent) {
    event.preventDefault();
    setFailure(undefined);
    setDiffer(pin !== again);
    if (pin !== again) return;
    setBusy(true);
    const outcome = await ask(calls[change]);
    setBusy(false);
    if (!outcome.ok) return setFailure(outcome.failure);
    toast(t(`lock.${change}_done`));
    onClose();
  }

  const complete = (change === 'set' || present) && (change === 'remove' || (pin && again));
  return (
    <Dialog
      title={t(`lock.${change}`)}
      onClose={onClose}
      actions={
        <Button type="submit" form={form} busy={busy} disabled={!complete}>
          {t(`lock.${change}`)}
        </Button>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-ink-2">{t(change === 'remove' ? 'lock.remove_explain' : 'lock.set_explain')}</p>
        {failure && !wrong && !tooShort && <Callout kind="error">{failureText(failure)}</Callout>}
        {change !== 'set' && (
          <TextField
            label={t('lock.present')}
            type="password"
            error={wrong ? failureText(failure) : undefined}
            value={present}
            onChange={(event) => setPresent(event.target.value)}
            autoComplete="off"
            autoFocus
            required
          />
        )}
        {change !== 'remove' && (
          <>
            <TextField
              label={t('lock.new')}
              hint={t('lock.new_hint')}
              type="password"
              error={tooShort ? failureText(failure) : undefined}
              value={pin}
              onChange={(event) => {
                setPin(event.target.value);
                setFailure(undefined);
              }}
              autoComplete="new-password"
              autoFocus={change === 'set'}
              required
            />
            <TextField
              label={t('lock.again')}
              type="password"
              error={differ ? t('lock.differ') : undefined}
              value={again}
              onChange={(event) => {
                setAgain(event.target.value);
                setDiffer(false);
              }}
              autoComplete="new-password"
              required
            />
          </>
        )}
      </form>
    </Dialog>
  );
}
