/** Links a new device: scans or types its code, has the digits compared, and hands the account over. */
import { type FormEvent, useEffect, useId, useState } from 'react';
import { type MessageId, useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand, useSnapshot } from '../../sdk/store';
import type { Failure } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { Scanner } from '../../ui/Scanner';
import { Skeleton } from '../../ui/Skeleton';
import { TextField } from '../../ui/TextField';
import { Digits } from './Digits';

/** Failures with a text of their own. */
const OWN: Record<string, MessageId> = {
  'wrong-code': 'link.no_code',
  'not-found': 'link.unknown_code',
  'linking-code-used': 'link.used_code',
  'linking-code-expired': 'link.expired_code',
};

export function LinkDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const run = useCommand();
  const linking = useSnapshot({ type: 'linking' });
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();

  useEffect(() => () => void run({ command: 'stop_linking' }), [run]);

  async function link(code: string) {
    setBusy(true);
    setFailure(undefined);
    const outcome = await run({ command: 'link_device', code });
    setBusy(false);
    if (!outcome.ok) setFailure(outcome.failure);
  }

  async function approve() {
    setBusy(true);
    const outcome = await run({ command: 'approve_linking' });
    setBusy(false);
    if (!outcome.ok) setFailure(outcome.failure);
  }

  const state = linking?.state;
  if (linking?.state === 'compare') {
    return (
      <Dialog
        title={t('link.compare_title')}
        onClose={onClose}
        actions={
          <>
            <Button look="quiet" onClick={onClose}>
              {t('link.refuse')}
            </Button>
            <Button busy={busy} onClick={approve}>
              {t('link.approve')}
            </Button>
          </>
        }
      >
        <div className="flex flex-col gap-4">
          <p className="text-ink-2">
            {t('link.compare', { device: linking.device || t('devices.unknown') })}
          </p>
          <Digits digits={linking.digits} label={t('link.digits')} />
          <p className="text-ink-2 text-meta">{t('link.compare_warning')}</p>
          {failure && <Callout kind="error">{failureText(failure)}</Callout>}
        </div>
      </Dialog>
    );
  }
  if (state === 'approved') {
    return (
      <Dialog
        title={t('link.done_title')}
        onClose={onClose}
        actions={<Button onClick={onClose}>{t('dialog.close')}</Button>}
      >
        <p className="text-ink-2">{t('link.done')}</p>
      </Dialog>
    );
  }
  return (
    <Dialog title={t('link.title')} onClose={onClose}>
      <div className="flex flex-col gap-5">
        <p className="text-ink-2">{t('link.how')}</p>
        {linking?.state === 'failed' && !busy && (
          <Callout kind="error">{t(`link.failed_${linking.reason}`)}</Callout>
        )}
        {failure && (
          <Callout kind="error">
            {OWN[failure.kind] ? t(OWN[failure.kind] as MessageId) : failureText(failure)}
          </Callout>
        )}
        {state === 'starting' ? <Skeleton className="h-72" /> : <Seek busy={busy} onCode={link} />}
      </div>
    </Dialog>
  );
}

function Seek({ busy, onCode }: { busy: boolean; onCode: (code: string) => void }) {
  const t = useT();
  const form = useId();
  const [typed, setTyped] = useState('');

  function submit(event: FormEvent) {
    event.preventDefault();
    onCode(typed);
  }

  return (
    <>
      <Scanner busy={busy} onCode={onCode} without={t('link.no_camera')} />
      <form id={form} onSubmit={submit} className="flex items-end gap-2">
        <div className="flex-1">
          <TextField
            label={t('link.type')}
            placeholder="AB3D-7K9M"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            className="font-mono tracking-wider"
          />
        </div>
        <Button type="submit" busy={busy} disabled={!typed.trim()}>
          {t('link.next')}
        </Button>
      </form>
    </>
  );
}
