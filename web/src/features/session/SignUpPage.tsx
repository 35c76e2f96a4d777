import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { TextField } from '../../ui/TextField';
import { hasLink } from '../links/pending';
import { EntryLayout } from './EntryLayout';
import { EntryLink } from './EntryLink';
import { useEntry, usernameOf } from './entry';
import { PasswordField } from './PasswordField';
import { UsernameField } from './UsernameField';

/** Which field a failure is about. */
const OF_USERNAME = new Set(['username-taken', 'invalid-username']);
const OF_NAME = 'invalid-name';

export function SignUpPage() {
  const t = useT();
  const { busy, failure, enter } = useEntry();
  const [displayName, setDisplayName] = useState('');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [accepted, setAccepted] = useState(false);
  const [invite, setInvite] = useState(() => new URLSearchParams(location.search).get('invite') ?? '');

  const submit = (event: FormEvent) =>
    enter(event, {
      command: 'sign_up',
      username: usernameOf(username),
      display_name: displayName.trim(),
      password,
      invite: invite.trim() || null,
    });

  const kind = failure?.kind ?? '';
  const words = failure && failureText(failure);
  const aboutField = OF_USERNAME.has(kind) || kind === OF_NAME;
  return (
    <EntryLayout
      title={t('sign_up.title')}
      lead={t('sign_up.lead')}
      footer={
        <EntryLink href="/sign-in" question={t('sign_up.have_account')}>
          {t('sign_up.to_sign_in')}
        </EntryLink>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        {hasLink() && !failure && <Callout kind="note">{t('join.enter_first')}</Callout>}
        {words && !aboutField && <Callout kind="error">{words}</Callout>}
        <TextField
          label={t('field.display_name')}
          hint={t('sign_up.display_name_hint')}
          error={kind === OF_NAME ? words : undefined}
          value={displayName}
          onChange={(event) => setDisplayName(event.target.value)}
          autoComplete="name"
          maxLength={64}
          required
        />
        <UsernameField
          hint={t('sign_up.username_hint')}
          error={OF_USERNAME.has(kind) ? words : undefined}
          value={username}
          onChange={setUsername}
        />
        <PasswordField
          label={t('field.password')}
          value={password}
          onChange={setPassword}
          context={`${username}\n${displayName}`}
          onJudged={setAccepted}
        />
        {(invite || kind === 'registration-closed') && (
          <TextField
            label={t('field.invite')}
            value={invite}
            onChange={(event) => setInvite(event.target.value)}
            autoComplete="off"
          />
        )}
        <Button type="submit" busy={busy} disabled={!username.trim() || !displayName.trim() || !accepted}>
          {busy ? t('sign_up.busy') : t('sign_up.submit')}
        </Button>
      </form>
    </EntryLayout>
  );
}
