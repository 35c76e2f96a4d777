import { type FormEvent, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { SignedOutReason } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { TextField } from '../../ui/TextField';
import { hasLink } from '../links/pending';
import { PasskeyButton } from '../passkeys/PasskeyButton';
import { hasPasskeys, type Problem } from '../passkeys/webauthn';
import { keepStorage } from '../settings/storage';
import { EntryLayout } from './EntryLayout';
import { EntryLink } from './EntryLink';
import { useEntry, usernameOf } from './entry';
import { UsernameField } from './UsernameField';

export function SignInPage({ reason }: { reason: SignedOutReason | null | undefined }) {
  const t = useT();
  const run = useCommand();
  const { busy, failure, setFailure, enter } = useEntry();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem | 'unknown'>();

  function submit(event: FormEvent) {
    setProblem(undefined);
    return enter(event, { command: 'sign_in', username: usernameOf(username), password });
  }

  async function enterByPasskey(secret: string) {
    const outcome = await run({ command: 'sign_in_with_passkey', secret });
    if (outcome.ok) void keepStorage();
    else if (outcome.failure.kind === 'wrong-credentials') setProblem('unknown');
    else setFailure(outcome.failure);
  }

  return (
    <EntryLayout
      title={t('sign_in.title')}
      lead={t('sign_in.lead')}
      footer={
        <>
          <EntryLink href="/sign-up" question={t('sign_in.no_account')}>
            {t('sign_in.to_sign_up')}
          </EntryLink>
          <EntryLink href="/link" question={t('link_here.question')}>
            {t('link_here.link')}
          </EntryLink>
          <EntryLink href="/recover" question={t('sign_in.forgotten')}>
            {t('sign_in.to_recover')}
          </EntryLink>
        </>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        {hasLink() && !failure && !problem && <Callout kind="note">{t('join.enter_first')}</Callout>}
        {reason && !failure && !problem && <Callout kind="note">{t(`signed_out.${reason}`)}</Callout>}
        {failure && <Callout kind="error">{failureText(failure)}</Callout>}
        {problem && <Callout kind="error">{t(`passkeys.problem_${problem}`)}</Callout>}
        <UsernameField value={username} onChange={setUsername} />
        <TextField
          label={t('field.password')}
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="current-password"
          required
        />
        <Button type="submit" busy={busy} disabled={!username.trim() || !password}>
          {busy ? t('sign_in.busy') : t('sign_in.submit')}
        </Button>
        {hasPasskeys() && (
          <PasskeyButton
            label={t('passkeys.sign_in')}
            busyLabel={t('sign_in.busy')}
            look="outline"
            onAsk={() => {
              setFailure(undefined);
              setProblem(undefined);
            }}
            onProblem={setProblem}
            onSecret={enterByPasskey}
          />
        )}
      </form>
    </EntryLayout>
  );
}
