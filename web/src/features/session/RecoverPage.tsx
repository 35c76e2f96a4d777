import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { CodeField } from '../recovery-code/CodeField';
import { EntryLayout } from './EntryLayout';
import { EntryLink } from './EntryLink';
import { useEntry, usernameOf } from './entry';
import { PasswordField } from './PasswordField';
import { UsernameField } from './UsernameField';

export function RecoverPage() {
  const t = useT();
  const { busy, failure, enter } = useEntry();
  const [username, setUsername] = useState('');
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [accepted, setAccepted] = useState(false);

  const submit = (event: FormEvent) =>
    enter(event, {
      command: 'recover',
      username: usernameOf(username),
      code,
      new_password: password,
    });

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
        <UsernameField value={username} onChange={setUsername} />
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
