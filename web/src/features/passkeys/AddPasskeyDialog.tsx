/** Makes a passkey a way to open the account, by who knows the password. */
import { type FormEvent, useId, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure, OwnPasskey, Person } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { useToast } from '../../ui/Toast';
import { PresentPasswordField } from '../session/PresentPasswordField';
import { type AskedPasskey, forgetPasskey, makePasskey, type Problem } from './webauthn';

interface AddPasskeyDialogProps {
  me: Person;
  /** Those that the account has. */
  known: OwnPasskey[];
  onClose: () => void;
}

/** After these the server does not have the passkey; after others nobody knows. */
const NOT_ADDED = new Set([
  'wrong-credentials',
  'rate-limited',
  'needs-new-code',
  'too-many-passkeys',
  'invalid-request',
]);

export function AddPasskeyDialog({ me, known, onClose }: AddPasskeyDialogProps) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const form = useId();
  /** It is made once: who mistyped the password does not get a second one. */
  const made = useRef<AskedPasskey>(undefined);
  /** Whether the server may have it, whatever came of later tries. */
  const unknown = useRef(false);
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const wrong = failure?.kind === 'wrong-credentials';

  async function make(): Promise<AskedPasskey | undefined> {
    if (made.current) return made.current;
    const asked = await makePasskey(
      me,
      known.flatMap((passkey) => passkey.credential ?? []),
    );
    if (asked.ok) made.current = asked.passkey;
    else setProblem(asked.problem);
    return made.current;
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    setFailure(undefined);
    const passkey = await make();
    const outcome = passkey && (await run({ command: 'add_passkey', ...passkey, password }));
    setBusy(false);
    if (!outcome) return;
    if (!outcome.ok) {
      unknown.current ||= !NOT_ADDED.has(outcome.failure.kind);
      return setFailure(outcome.failure);
    }
    toast(t('passkeys.done'));
    onClose();
  }

  function cancel() {
    if (made.current && !busy && failure && !unknown.current) {
      forgetPasskey(made.current.credential);
    }
    onClose();
  }

  return (
    <Dialog
      title={t('passkeys.add')}
      onClose={cancel}
      actions={
        <Button type="submit" form={form} busy={busy} disabled={!password}>
          {t('passkeys.add_submit')}
        </Button>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        {problem && <Callout kind="error">{t(`passkeys.problem_${problem}`)}</Callout>}
        {failure && !wrong && <Callout kind="error">{failureText(failure)}</Callout>}
        <p className="text-ink-2">{t('passkeys.add_text')}</p>
        <PresentPasswordField
          label={t('field.password')}
          value={password}
          onChange={setPassword}
          wrong={wrong}
          autoFocus
        />
        <p className="text-ink-2 text-meta">{t('passkeys.add_warning')}</p>
      </form>
    </Dialog>
  );
}
