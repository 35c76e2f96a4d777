/** Asks before everything on this device is erased. */
import { useState } from 'react';
import { type MessageId, useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Archive, Failure } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { useArchive } from '../history/archive';

export function SignOutDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const run = useCommand();
  const archive = useArchive();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function signOut() {
    setBusy(true);
    const outcome = await run({ command: 'sign_out' });
    setBusy(false);
    if (!outcome.ok) setFailure(outcome.failure);
  }

  return (
    <Dialog
      alert
      title={t('sign_out.here_title')}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose} autoFocus>
            {t('dialog.cancel')}
          </Button>
          <Button look="danger" busy={busy} onClick={signOut}>
            {t('sign_out.confirm')}
          </Button>
        </>
      }
    >
      {failure && <Callout kind="error">{failureText(failure)}</Callout>}
      <p className="text-ink-2">{t('sign_out.here_text')}</p>
      <p className="mt-3 text-ink-2">{t(historyText(archive))}</p>
    </Dialog>
  );
}

function historyText(archive?: Archive): MessageId {
  if (!archive?.enabled) return 'sign_out.history_gone';
  return archive.waiting || archive.full ? 'sign_out.history_partly' : 'sign_out.history_kept';
}
