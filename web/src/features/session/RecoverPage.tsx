import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { TextField } from '../../ui/TextField';
import { CodeField } from '../recovery-code/CodeField';
import { keepStorage } from '../settings/storage';
import { EntryLayout } from './EntryLayout';
import { EntryLink } from './EntryLink';
import { PasswordField } from './PasswordField';

export function RecoverPage() {
  const t = useT();
  const run = useCommand();
  const [username, setUsername] = useState('');
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [accepted, setAccepted] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    const outcome = await run({
      command: 'recover',
      username: username.trim().toLowerCase(),
      code,
      new_password: password,
    });
    setBusy(false);
    if (outcome.ok) void keepStorage();
    else setFailure(outcome.failure);
  }

  return (
    <EntryLayout
      title={t('recover.title')}
      lead={t('recover.lead')}
      footer={
        <>
          <EntryLink href="/sign-in" question={t('recover.remembered')}>
            {t('recover.to_sign_in')}
          </EntryLink>
          <EntryLink href="/begin-anew" question={t('anew.question')}>
            {t('anew.title')}
          </EntryLink>
        </>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        {failure && <Callout kind="error">{failureText(failure)}</Callout>}
        <TextField
          label={t('field.username')}
          value={username}
          onChange={(event) => setUsername(event.target.value)}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
        />
        <CodeField label={t('field.recovery_code')} value={code} onChange={setCode} />
        <PasswordField
          label={t('field.new_password')}
          value={password}
          onChange={setPassword}
          context={username}
          onJudged={setAccepted}
        />
        <Button type="submit" busy={busy} disabled={!username.trim() || !code.trim() || !accepted}>
          {busy ? t('recover.busy') : t('recover.submit')}
        </Button>
      </form>
    </EntryLayout>
  );
}
