/** A new password, by who knows the present one. */
import { type FormEvent, useId, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure, Person } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { useToast } from '../../ui/Toast';
import { PasswordField } from '../session/PasswordField';
import { PresentPasswordField } from '../session/PresentPasswordField';

export function ChangePasswordDialog({ me, onClose }: { me: Person; onClose: () => void }) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const form = useId();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [accepted, setAccepted] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const wrong = failure?.kind === 'wrong-credentials';

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    const outcome = await run({ command: 'change_password', current, new: password });
    setBusy(false);
    if (!outcome.ok) return setFailure(outcome.failure);
    toast(t('change_password.done'));
    onClose();
  }

  return (
    <Dialog
      title={t('change_password.title')}
      onClose={onClose}
      actions={
        <Button type="submit" form={form} busy={busy} disabled={!current || !accepted}>
          {t('change_password.submit')}
        </Button>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        {failure && !wrong && <Callout kind="error">{failureText(failure)}</Callout>}
        <PresentPasswordField
          label={t('change_password.current')}
          value={current}
          onChange={setCurrent}
          wrong={wrong}
          autoFocus
        />
        <PasswordField
          label={t('field.new_password')}
          value={password}
          onChange={setPassword}
          context={`${me.username}\n${me.display_name}`}
          onJudged={setAccepted}
        />
        <p className="text-ink-2 text-meta">{t('change_password.explain')}</p>
      </form>
    </Dialog>
  );
}
