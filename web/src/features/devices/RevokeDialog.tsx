/** Signs devices out for good, by who knows the password or has the recovery code. */
import { type FormEvent, useId, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure, OwnDevice, Proof } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { useToast } from '../../ui/Toast';
import { CodeField } from '../recovery-code/CodeField';
import { PresentPasswordField } from '../session/PresentPasswordField';
import { deviceName } from './devices';

export function RevokeDialog({ devices, onClose }: { devices: OwnDevice[]; onClose: () => void }) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const form = useId();
  const [byCode, setByCode] = useState(false);
  const [secret, setSecret] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const wrong = failure?.kind === 'wrong-credentials' || failure?.kind === 'wrong-code';
  const [first] = devices;
  const one = devices.length === 1 && first ? first : undefined;

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    const proof: Proof = byCode
      ? { proof: 'recovery_code', code: secret }
      : { proof: 'password', password: secret };
    const revoked = devices.map((device) => device.device);
    const outcome = await run({ command: 'revoke_devices', devices: revoked, proof });
    setBusy(false);
    if (!outcome.ok) return setFailure(outcome.failure);
    toast(t('devices.removed'));
    onClose();
  }

  function swap() {
    setByCode(!byCode);
    setSecret('');
    setFailure(undefined);
  }

  return (
    <Dialog
      alert
      title={one ? t('devices.remove', { name: deviceName(one, t) }) : t('devices.remove_others')}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {t('dialog.cancel')}
          </Button>
          <Button look="danger" type="submit" form={form} busy={busy} disabled={!secret.trim()}>
            {t('devices.remove_submit')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-ink-2">{t(one ? 'devices.remove_text' : 'devices.remove_others_text')}</p>
        {failure && !wrong && <Callout kind="error">{failureText(failure)}</Callout>}
        {byCode ? (
          <CodeField
            label={t('field.recovery_code')}
            wrong={wrong}
            value={secret}
            onChange={setSecret}
            autoFocus
          />
        ) : (
          <PresentPasswordField
            label={t('field.password')}
            value={secret}
            onChange={setSecret}
            wrong={wrong}
            autoFocus
          />
        )}
        <Button look="quiet" className="self-start px-0!" onClick={swap}>
          {t(byCode ? 'devices.by_password' : 'devices.by_code')}
        </Button>
      </form>
    </Dialog>
  );
}
