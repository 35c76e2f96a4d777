import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failure } from '../../sdk/client';
import type { OwnPasskey, Snapshot } from '../../sdk/types';
import { FakeClient, ME } from '../../testing/fake-client';
import { show } from '../../testing/show';
import { SignInPage } from '../session/SignInPage';
import { PasskeySettings } from './PasskeySettings';

const SECRET = 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc';
const forgotten: unknown[] = [];

/** What the browser gives for a passkey. */
class Credential {
  static signalUnknownCredential = async (options: unknown) => void forgotten.push(options);
  id = 'AQID';
  rawId = new Uint8Array([1, 2, 3]).buffer;
  #prf: object | undefined;

  constructor(prf: object | undefined) {
    this.#prf = prf;
  }

  getClientExtensionResults() {
    return { prf: this.#prf };
  }
}

const secret = () => ({ results: { first: new Uint8Array(32).fill(7).buffer } });
const create = vi.fn<(options: CredentialCreationOptions) => Promise<Credential>>();
const get = vi.fn<(options: CredentialRequestOptions) => Promise<Credential>>();

beforeEach(() => {
  forgotten.length = 0;
  create.mockReset();
  get.mockReset();
  vi.stubGlobal('PublicKeyCredential', Credential);
  vi.spyOn(navigator, 'credentials', 'get').mockReturnValue({ create, get } as never);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function passkey(name: string): OwnPasskey {
  return { passkey: `id-${name}`, name, added: Date.UTC(2026, 10, 20), credential: 'CQkJ' };
}

function list(...passkeys: OwnPasskey[]): Snapshot {
  return { type: 'passkeys', passkeys, may_add: passkeys.length < 5 };
}

async function add(client: FakeClient) {
  const shown = show(<PasskeySettings me={{ ...ME, account: 'AgICAgICAgICAgICAgICAg' }} />, client);
  await shown.user.click(await screen.findByRole('button', { name: 'Add a passkey' }));
  await shown.user.type(screen.getByLabelText('Password'), 'lantern');
  await shown.user.click(screen.getByRole('button', { name: 'Make a passkey' }));
  return shown;
}

describe('the passkeys', () => {
  it('are listed with what they were made on, and removed with the password', async () => {
    const client = new FakeClient([list(passkey('Firefox on Linux'), passkey(''))]);
    const { user } = show(<PasskeySettings me={ME} />, client);
    const [named, unnamed] = await screen.findAllByRole('listitem');
    expect(named?.textContent).toContain('Firefox on Linux');
    expect(unnamed?.textContent).toContain('Unnamed passkey');
    await user.click(screen.getByRole('button', { name: 'Remove passkey: Firefox on Linux' }));
    await user.type(screen.getByLabelText('Password'), 'lantern');
    await user.click(screen.getByRole('button', { name: 'Remove passkey' }));
    expect(client.commands).toContainEqual({
      command: 'remove_passkey',
      passkey: 'id-Firefox on Linux',
      password: 'lantern',
    });
    await waitFor(() => expect(forgotten).toEqual([{ rpId: location.hostname, credentialId: 'CQkJ' }]));
  });

  it('are five at most', async () => {
    show(<PasskeySettings me={ME} />, new FakeClient([list(...['a', 'b', 'c', 'd', 'e'].map(passkey))]));
    await screen.findByText(/^There may be five/);
    expect(screen.queryByRole('button', { name: 'Add a passkey' })).toBeNull();
  });

  it('are made once, also if the password was mistyped', async () => {
    create.mockResolvedValue(new Credential(secret()));
    const answers = [() => Promise.reject(failure('wrong-credentials')), () => ({ answer: 'done' as const })];
    const client = new FakeClient([list(passkey('Old'))], {
      add_passkey: () => answers.shift()?.() as { answer: 'done' },
    });
    const { user } = await add(client);
    await screen.findByText('That is not your password.');
    await user.click(screen.getByRole('button', { name: 'Make a passkey' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(create).toHaveBeenCalledOnce();
    const asked = create.mock.calls[0]?.[0].publicKey;
    expect(asked?.excludeCredentials?.map(({ id }) => [...new Uint8Array(id as ArrayBuffer)])).toEqual([
      [9, 9, 9],
    ]);
    expect(asked?.authenticatorSelection).toMatchObject({
      residentKey: 'required',
      userVerification: 'required',
    });
    const command = { command: 'add_passkey', secret: SECRET, credential: 'AQID', password: 'lantern' };
    expect(client.commands.filter((one) => one.command === 'add_passkey')).toEqual([command, command]);
    expect(forgotten).toEqual([]);
  });

  it('are asked for their secret again where making them gave none', async () => {
    create.mockResolvedValue(new Credential({ enabled: true }));
    get.mockResolvedValue(new Credential(secret()));
    const client = new FakeClient([list()]);
    await add(client);
    await waitFor(() => expect(client.commands.at(-1)).toMatchObject({ secret: SECRET }));
    expect(get.mock.calls[0]?.[0].publicKey?.allowCredentials).toHaveLength(1);
  });

  it('that give no secret are not made', async () => {
    create.mockResolvedValue(new Credential(undefined));
    const client = new FakeClient([list()]);
    await add(client);
    await screen.findByText(/^This passkey cannot be used here/);
    expect(client.commands.some(({ command }) => command === 'add_passkey')).toBe(false);
    expect(forgotten).toHaveLength(1);
  });

  it('sign in, and say so where they open nothing', async () => {
    get.mockResolvedValueOnce(new Credential(secret()));
    const client = new FakeClient([], {
      sign_in_with_passkey: () => {
        throw failure('wrong-credentials');
      },
    });
    const { user } = show(<SignInPage reason={undefined} />, client);
    await user.click(screen.getByRole('button', { name: 'Sign in with a passkey' }));
    await screen.findByText(/^This passkey opens no account here/);
    expect(client.commands).toEqual([{ command: 'sign_in_with_passkey', secret: SECRET }]);
    get.mockRejectedValueOnce(new DOMException('no', 'NotAllowedError'));
    await user.click(screen.getByRole('button', { name: 'Sign in with a passkey' }));
    await screen.findByText(/^Your browser gave no passkey/);
  });
});
