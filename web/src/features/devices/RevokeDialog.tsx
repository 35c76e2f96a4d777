/** Signs devices out for good, by who knows the password, or has the recovery code or a passkey. */
import { type FormEvent, useId, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure, OwnDevice, Proof } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { useToast } from '../../ui/Toast';
import { PasskeyButton } from '../passkeys/PasskeyButton';
import { usePasskeySupport, usePasskeys } from '../passkeys/passkeys';
import type { Problem } from '../passkeys/webauthn';
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
  const [problem, setProblem] = useState<Problem>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const wrong = failure?.kind === 'wrong-credentials' || failure?.kind === 'wrong-code';
  const hasPasskey = Boolean(usePasskeys()?.passkeys?.length);
  const passkeysWork = usePasskeySupport();
  const [first] = devices;
  const one = devices.length === 1 && first ? first : undefined;

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    setProblem(undefined);
    await revoke(byCode ? { proof: 'recovery_code', code: secret } : { proof: 'password', password: secret });
    setBusy(false);
  }

  async function revoke(proof: Proof) {
    const revoked = devices.map((device) => device.device);
    const outcome = await run({ command: 'revoke_devices', devices: revoked, proof });
    if (!outcome.ok) return setFailure(outcome.failure);
    toast(t('devices.removed'));
    onClose();
  }

  function swap() {
    setByCode(!byCode);
    setSecret('');
    setFailure(undefined);
    setProblem(undefined);
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
        {hasPasskey && <p className="text-ink-2">{t('passkeys.remove_too')}</p>}
        {problem && <Callout kind="error">{t(`passkeys.problem_${problem}`)}</Callout>}
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
        <div className="flex flex-col items-start">
          <Button look="quiet" className="px-0!" onClick={swap}>
            {t(byCode ? 'devices.by_password' : 'devices.by_code')}
          </Button>
          {hasPasskey && passkeysWork && (
            <PasskeyButton
              label={t('passkeys.instead')}
              look="quiet"
              className="px-0!"
              onAsk={() => {
                setFailure(undefined);
                setProblem(undefined);
              }}
              onProblem={setProblem}
              onSecret={(given) => revoke({ proof: 'passkey', secret: given })}
            />
          )}
        </div>
      </form>
    </Dialog>
  );
}
