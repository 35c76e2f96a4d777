/** Which page is shown: by who is signed in, then by address. */
import { useEffect } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { RecoveryCodePage } from '../features/recovery-code/RecoveryCodePage';
import { RecoverPage } from '../features/session/RecoverPage';
import { SignInPage } from '../features/session/SignInPage';
import { SignUpPage } from '../features/session/SignUpPage';
import { t, useT } from '../i18n';
import { useClient, useSnapshot } from '../sdk/store';
import { Shell } from './Shell';
import { StartingPage } from './StartingPage';

export function App() {
  useT();
  const session = useSnapshot({ type: 'session' });
  const signedOut = session?.state === 'signed_out';
  useNetworkNotice();
  useEffect(() => {
    if (signedOut) document.title = t('app.name');
  }, [signedOut]);

  if (!session) return <StartingPage />;
  if (session.state === 'signed_out') {
    return (
      <Switch>
        <Route path="/sign-in">
          <SignInPage reason={session.reason} />
        </Route>
        <Route path="/sign-up">
          <SignUpPage />
        </Route>
        <Route path="/recover">
          <RecoverPage />
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
      <Route path="/sign-up">
        <Redirect to="/recovery-code" replace />
      </Route>
      <Route path="/c/:id">
        {({ id }) => <Shell session={session} page={{ show: 'conversation', conversation: id }} />}
      </Route>
      <Route path="/settings">
        <Shell session={session} page={{ show: 'settings' }} />
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
