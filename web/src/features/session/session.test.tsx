import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { App } from '../../app/App';
import { failure } from '../../sdk/client';
import { FakeClient, ME } from '../../testing/fake-client';
import { show } from '../../testing/show';
import { SignInPage } from './SignInPage';
import { SignUpPage } from './SignUpPage';

function failing(kind: string): never {
  throw failure(kind);
}

describe('signing in', () => {
  it('sends what was typed, the username in small letters', async () => {
    const client = new FakeClient();
    const { user } = show(<SignInPage reason={undefined} />, client);
    await user.type(screen.getByLabelText('Username'), ' Mara ');
    await user.type(screen.getByLabelText('Password'), 'three odd words');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(client.commands).toEqual([{ command: 'sign_in', username: 'mara', password: 'three odd words' }]);
  });

  it('says what to do when it did not match', async () => {
    const client = new FakeClient([], { sign_in: () => failing('wrong-credentials') });
    const { user } = show(<SignInPage reason={undefined} />, client);
    await user.type(screen.getByLabelText('Username'), 'mara');
    await user.type(screen.getByLabelText('Password'), 'x{Enter}');
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('Check the username');
  });

  it('says why one was signed out', () => {
    show(<SignInPage reason="database_damaged" />, new FakeClient());
    expect(screen.getByText(/storage was damaged/)).toBeTruthy();
  });
});

describe('signing up', () => {
  async function fill(client: FakeClient) {
    const shown = show(<SignUpPage />, client);
    await shown.user.type(screen.getByLabelText('Name'), 'Mara Ortiz');
    await shown.user.type(screen.getByLabelText('Username'), 'mara');
    await shown.user.type(screen.getByLabelText('Password'), 'lantern quay');
    return shown;
  }

  it('takes a good password only', async () => {
    const client = new FakeClient([], {
      check_password: () => ({ answer: 'password', score: 1, accepted: false, hint: 'personal' }),
    });
    await fill(client);
    await screen.findByText(/Too close to your name/);
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Create account' }).disabled).toBe(true);
    expect(client.commands.at(-1)).toMatchObject({ context: ['mara', 'Mara Ortiz'] });
  });

  it('leads to the recovery code', async () => {
    const client = new FakeClient([{ type: 'session', state: 'signed_out', reason: null }]);
    const { path } = show(<App />, client, '/sign-up');
    await screen.findByRole('heading', { name: 'Create your account' });
    client.show({
      type: 'session',
      state: 'signed_in',
      me: ME,
      recovery_code: 'K7QF-2M9D',
      may_start_chat: true,
    });
    await screen.findByRole('img', { name: 'Recovery code: K7QF-2M9D' });
    expect(path()).toBe('/recovery-code');
  });

  it('shows a taken username at its field, and asks for an invite where one is needed', async () => {
    const kinds = ['username-taken', 'registration-closed'];
    const client = new FakeClient([], {
      check_password: () => ({ answer: 'password', score: 3, accepted: true, hint: null }),
      sign_up: () => failing(kinds.shift() ?? 'internal'),
    });
    const { user } = await fill(client);
    await screen.findByText('Good password.');
    await user.click(screen.getByRole('button', { name: 'Create account' }));
    await screen.findByText(/is taken/);
    expect(screen.getByLabelText('Username').getAttribute('aria-invalid')).toBe('true');
    await user.click(screen.getByRole('button', { name: 'Create account' }));
    await user.type(await screen.findByLabelText('Invite'), 'abc');
    await user.click(screen.getByRole('button', { name: 'Create account' }));
    expect(client.commands.at(-1)).toMatchObject({ command: 'sign_up', invite: 'abc' });
  });
});
