/** Which page is shown: by who is signed in, then by address. */
import { useEffect } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { LockPage } from '../features/app-lock/LockPage';
import { useLock, useSignsOfUse } from '../features/app-lock/lock';
import { forgetBegun } from '../features/composer/begun';
import { forgetRecentEmoji } from '../features/emoji/emoji';
import { useFragment } from '../features/links/fragment';
import { keepLink, takeLink } from '../features/links/pending';
import { forgetAddresses } from '../features/media/address';
import { forgetTrays } from '../features/media/tray';
import { RecoveryCodePage } from '../features/recovery-code/RecoveryCodePage';
import { BeginAnewPage } from '../features/session/BeginAnewPage';
import { LinkPage } from '../features/session/LinkPage';
import { RecoverPage } from '../features/session/RecoverPage';
import { SignInPage } from '../features/session/SignInPage';
import { SignUpPage } from '../features/session/SignUpPage';
import { useT } from '../i18n';
import { useClient, useSnapshot } from '../sdk/store';
import type { Session } from '../sdk/types';
import { Shell } from './Shell';
import { StartingPage } from './StartingPage';

export function App() {
  useT();
  const session = useSnapshot({ type: 'session' });
  const lock = useLock();
  const signedOut = session?.state === 'signed_out';
  useNetworkNotice();
  useSignsOfUse();
  useEffect(() => {
    if (!signedOut) return;
    forgetRecentEmoji();
    forgetBegun();
    forgetTrays();
    forgetAddresses();
  }, [signedOut]);

  const fragment = useFragment();
  useJoinAfterEntry(session);

  if (lock?.state === 'locked') return <LockPage lock={lock} />;
  if (!session) return <StartingPage />;
  if (session.state === 'signed_out') {
    return (
      <Switch>
        <Route path="/join">
          <JoinFirst />
        </Route>
        <Route path="/sign-in">
          <SignInPage reason={session.reason} />
        </Route>
        <Route path="/sign-up">
          <SignUpPage />
        </Route>
        <Route path="/recover">
          <RecoverPage />
        </Route>
        <Route path="/begin-anew">
          <BeginAnewPage />
        </Route>
        <Route path="/link">
          <LinkPage />
        </Route>
        <Route>
          <Redirect to="/sign-in" replace />
        </Route>
      </Switch>
    );
  }
  return (
    <Switch>
      <Route path="/recovery-code">
        {session.recovery_code ? (
          <RecoveryCodePage code={session.recovery_code} username={session.me.username} />
        ) : (
          <Redirect to="/" replace />
        )}
      </Route>
      <Route path="/begin-anew">
        <Redirect to="/recovery-code" replace />
      </Route>
      <Route path="/sign-up">
        <Redirect to="/recovery-code" replace />
      </Route>
      <Route path="/c/:id">
        {({ id }) => <Shell session={session} page={{ show: 'conversation', conversation: id }} />}
      </Route>
      <Route path="/settings">
        <Shell session={session} page={{ show: 'settings' }} />
      </Route>
      <Route path="/settings/contacts">
        <Shell session={session} page={{ show: 'contacts' }} />
      </Route>
      <Route path="/settings/blocked">
        <Shell session={session} page={{ show: 'blocked' }} />
      </Route>
      <Route path="/search">
        <Shell session={session} page={{ show: 'search' }} />
      </Route>
      <Route path="/join">
        <Shell session={session} page={{ show: 'join', fragment }} />
      </Route>
      <Route path="/">
        <Shell session={session} page={{ show: 'nothing' }} />
      </Route>
      <Route>
        <Redirect to="/" replace />
      </Route>
    </Switch>
  );
}

/** Someone followed an invite link and has to sign in first: the link waits. */
function JoinFirst() {
  keepLink(location.hash.slice(1));
  return <Redirect to="/sign-in" replace />;
}

/** Goes on with the invite link that brought someone here, once they are signed in and have seen their code. */
function useJoinAfterEntry(session: Session | null | undefined) {
  const [path, navigate] = useLocation();
  const entered = session?.state === 'signed_in' && path !== '/sign-up' && path !== '/recovery-code';
  useEffect(() => {
    const fragment = entered && takeLink();
    if (fragment) navigate(`/join#${fragment}`, { replace: true });
  }, [entered, navigate]);
}

/** Tells the client when the device has a network again, so that it does not wait for its next try. */
function useNetworkNotice() {
  const client = useClient();
  useEffect(() => {
    const tell = () =>
      void client.command({ command: 'network_changed', online: navigator.onLine }).catch(() => {});
    addEventListener('online', tell);
    addEventListener('offline', tell);
    return () => {
      removeEventListener('online', tell);
      removeEventListener('offline', tell);
    };
  }, [client]);
}
