import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { App } from '../../app/App';
import { failure } from '../../sdk/client';
import { FakeClient, ME } from '../../testing/fake-client';
import { show } from '../../testing/show';
import { LockSettings } from './LockSettings';

const LOCKED = { state: 'locked', after: 5, next: 0 } as const;
const OPEN = { state: 'open', after: 5, next: 0 } as const;

function lockedApp() {
  const client = new FakeClient([
    { type: 'session', state: 'signed_in', me: ME, recovery_code: null, may_start_chat: true },
    { type: 'conversations', rows: [], unread: 3 },
  ]);
  client.showLock(LOCKED);
  return { client, ...show(<App />, client, '/') };
}

describe('the page of a locked device', () => {
  it('shows nothing else, and opens the app', async () => {
    const { client, user } = lockedApp();
    expect(document.body.textContent).not.toContain(ME.display_name);
    expect(document.title).toBe('Locked · Sealpost');
    const pin = screen.getByLabelText('PIN or passphrase');
    expect(document.activeElement).toBe(pin);
    client.refuseLock = () => {
      throw failure('wrong-pin');
    };
    await user.type(pin, '000000{Enter}');
    expect(await screen.findByText('That is not it. Try again.')).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>('PIN or passphrase').value).toBe('');
    client.refuseLock = () => client.showLock(OPEN);
    await user.type(pin, '481516{Enter}');
    expect(client.lockCalls.at(-1)).toEqual({ lock: 'unlock', pin: '481516' });
    expect(await screen.findByRole('heading', { name: 'Welcome to Sealpost' })).toBeTruthy();
  });

  it('says how long to wait after too many wrong tries', async () => {
    const { client, user } = lockedApp();
    client.showLock({ ...LOCKED, next: Date.now() + 30_000 });
    expect(await screen.findByText(/You can try again in (30|29) seconds/)).toBeTruthy();
    await user.type(screen.getByLabelText('PIN or passphrase'), '481516');
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Unlock' }).disabled).toBe(true);
  });

  it('leads who forgot it to erasing, which has to be confirmed', async () => {
    const { client, user } = lockedApp();
    await user.click(screen.getByRole('button', { name: 'Erase this device' }));
    const sure = screen.getByRole('alertdialog', { name: 'Erase this device?' });
    expect(client.lockCalls).not.toContainEqual({ lock: 'erase' });
    await user.click(within(sure).getByRole('button', { name: 'Erase this device' }));
    expect(client.lockCalls).toContainEqual({ lock: 'erase' });
  });
});

describe('the settings of the lock', () => {
  it('set a PIN that is typed twice', async () => {
    const client = new FakeClient();
    const { user } = show(<LockSettings />, client);
    await user.click(await screen.findByRole('button', { name: 'Set a PIN' }));
    await user.type(screen.getByLabelText('New PIN or passphrase'), '481516');
    await user.type(screen.getByLabelText('The same once more'), '481517');
    await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Set a PIN' }));
    expect(screen.getByText(/^These two differ/)).toBeTruthy();
    expect(client.lockCalls).toEqual([]);
    await user.clear(screen.getByLabelText('The same once more'));
    await user.type(screen.getByLabelText('The same once more'), '481516');
    await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Set a PIN' }));
    expect(client.lockCalls).toEqual([{ lock: 'set', pin: '481516' }]);
    expect(await screen.findByText('The PIN is set.')).toBeTruthy();
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('change and remove it with the present one, choose the time, and lock', async () => {
    const client = new FakeClient();
    client.showLock(OPEN);
    const { user } = show(<LockSettings />, client);
    await user.selectOptions(await screen.findByLabelText(/^Lock by itself/), '1 minute');
    expect(client.lockCalls.at(-1)).toEqual({ lock: 'after', minutes: 1 });
    await user.click(screen.getByRole('button', { name: 'Remove PIN' }));
    client.refuseLock = () => {
      throw failure('wrong-pin');
    };
    await user.type(screen.getByLabelText('Present PIN or passphrase'), '000000{Enter}');
    expect(await screen.findByText('That is not it. Try again.')).toBeTruthy();
    client.refuseLock = () => {};
    await user.type(screen.getByLabelText('Present PIN or passphrase'), '{Enter}');
    expect(await screen.findByText('The PIN is removed.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Lock now' }));
    expect(client.lockCalls.at(-1)).toEqual({ lock: 'now' });
  });

  it('offer none where nothing is kept', async () => {
    const client = new FakeClient();
    client.storage = vi.fn(async () => 'memory' as const) as never;
    show(<LockSettings />, client);
    expect(await screen.findByText(/^There is nothing to lock/)).toBeTruthy();
    expect(screen.queryByRole('button')).toBeNull();
  });
});
