/** Has a passkey open the account no longer, by who knows the password. */
import { type FormEvent, useId, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure, OwnPasskey } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { useToast } from '../../ui/Toast';
import { PresentPasswordField } from '../session/PresentPasswordField';
import { passkeyName } from './passkeys';
import { forgetPasskey, hasPasskeys } from './webauthn';

export function RemovePasskeyDialog({ passkey, onClose }: { passkey: OwnPasskey; onClose: () => void }) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const form = useId();
  const [password, setPassword] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const wrong = failure?.kind === 'wrong-credentials';

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    const outcome = await run({ command: 'remove_passkey', passkey: passkey.passkey, password });
    setBusy(false);
    if (!outcome.ok) return setFailure(outcome.failure);
    if (passkey.credential && hasPasskeys()) forgetPasskey(passkey.credential);
    toast(t('passkeys.removed'));
    onClose();
  }

  return (
    <Dialog
      alert
      title={t('passkeys.remove', { name: passkeyName(passkey, t) })}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {t('dialog.cancel')}
          </Button>
          <Button look="danger" type="submit" form={form} busy={busy} disabled={!password}>
            {t('passkeys.remove_submit')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-ink-2">{t('passkeys.remove_text')}</p>
        {failure && !wrong && <Callout kind="error">{failureText(failure)}</Callout>}
        <PresentPasswordField
          label={t('field.password')}
          value={password}
          onChange={setPassword}
          wrong={wrong}
          autoFocus
        />
      </form>
    </Dialog>
  );
}
