/** For who lost password, recovery code and every device: the same username, and everything else from the beginning. */
import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { TextField } from '../../ui/TextField';
import { EntryLayout } from './EntryLayout';
import { EntryLink } from './EntryLink';
import { useEntry, usernameOf } from './entry';
import { PasswordField } from './PasswordField';
import { UsernameField } from './UsernameField';

/** That the code does not fit, whichever way the server lets others in. */
const REFUSED = new Set(['registration-closed', 'username-taken']);

export function BeginAnewPage() {
  const t = useT();
  const { busy, failure, enter } = useEntry();
  const [username, setUsername] = useState('');
  const [code, setCode] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [password, setPassword] = useState('');
  const [accepted, setAccepted] = useState(false);

  const submit = (event: FormEvent) =>
    enter(event, {
      command: 'sign_up',
      username: usernameOf(username),
      display_name: displayName.trim(),
      password,
      invite: code.trim(),
    });

  const refused = failure && REFUSED.has(failure.kind);
  const complete = username.trim() && code.trim() && displayName.trim() && accepted;
  return (
    <EntryLayout
      title={t('anew.title')}
      lead={t('anew.lead')}
      footer={
        <EntryLink href="/recover" question={t('anew.have_code')}>
          {t('sign_in.to_recover')}
        </EntryLink>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Callout kind="note">{t('anew.warning')}</Callout>
        {failure && <Callout kind="error">{refused ? t('anew.refused') : failureText(failure)}</Callout>}
        <UsernameField value={username} onChange={setUsername} />
        <TextField
          label={t('anew.code')}
          hint={t('anew.code_hint')}
          value={code}
          onChange={(event) => setCode(event.target.value)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
        />
        <TextField
          label={t('field.display_name')}
          hint={t('sign_up.display_name_hint')}
          value={displayName}
          onChange={(event) => setDisplayName(event.target.value)}
          autoComplete="name"
          maxLength={64}
          required
        />
        <PasswordField
          label={t('field.new_password')}
          value={password}
          onChange={setPassword}
          context={`${username}\n${displayName}`}
          onJudged={setAccepted}
        />
        <Button type="submit" busy={busy} disabled={!complete}>
          {busy ? t('sign_up.busy') : t('anew.submit')}
        </Button>
      </form>
    </EntryLayout>
  );
}
