import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { failure } from '../../sdk/client';
import type { Linking, OwnDevice, Snapshot } from '../../sdk/types';
import { FakeClient } from '../../testing/fake-client';
import { show } from '../../testing/show';
import { LinkPage } from '../session/LinkPage';
import { Devices } from './Devices';
import { NewDevicesBanner } from './NewDevicesBanner';

function device(id: string, more: Partial<OwnDevice> = {}): OwnDevice {
  return {
    device: id,
    name: '',
    platform: 'Firefox on Linux',
    this: false,
    connected: false,
    added: null,
    last_seen: null,
    is_new: false,
    ...more,
  };
}

const HERE = device('here', { this: true, connected: true, platform: 'Chrome on Windows' });
const PHONE = device('phone', { name: 'My phone', platform: 'Safari on iPhone', connected: true });

const list = (...devices: OwnDevice[]): Snapshot => ({ type: 'devices', devices });
const linking = (state: Linking): Snapshot => ({ type: 'linking', ...state });

describe('the devices', () => {
  it('are shown with their names, what they run on and when they were there', async () => {
    show(<Devices />, new FakeClient([list(HERE, PHONE, device('old', { is_new: true }))]));
    const [here, phone, old] = await screen.findAllByRole('listitem');
    expect(here?.textContent).toContain('Chrome on WindowsThis device');
    expect(phone?.textContent).toContain('My phone');
    expect(phone?.textContent).toContain('Safari on iPhone · Active now');
    expect(old?.textContent).toContain('Firefox on LinuxNew');
    expect(screen.queryByRole('button', { name: 'Remove Chrome on Windows' })).toBeNull();
  });

  it('are renamed', async () => {
    const client = new FakeClient([list(HERE, PHONE)]);
    const { user } = show(<Devices />, client);
    await user.click(await screen.findByRole('button', { name: 'Rename My phone' }));
    await user.clear(screen.getByLabelText('Name'));
    await user.type(screen.getByLabelText('Name'), 'Pocket');
    await user.click(screen.getByRole('button', { name: 'Save name' }));
    expect(client.commands).toContainEqual({ command: 'rename_device', device: 'phone', name: 'Pocket' });
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('are removed with the password or the recovery code', async () => {
    const client = new FakeClient([list(HERE, PHONE)], {
      revoke_devices: ({ proof }) => {
        if (proof.proof === 'password') throw failure('wrong-credentials', 'no');
        return { answer: 'done' };
      },
    });
    const { user } = show(<Devices />, client);
    await user.click(await screen.findByRole('button', { name: 'Remove My phone' }));
    await user.type(screen.getByLabelText('Password'), 'no');
    await user.click(screen.getByRole('button', { name: 'Remove and erase' }));
    expect(await screen.findByText('That is not your password.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Use the recovery code instead' }));
    await user.type(screen.getByLabelText('Recovery code'), 'abcd');
    await user.click(screen.getByRole('button', { name: 'Remove and erase' }));
    const proof = { proof: 'recovery_code', code: 'abcd' };
    expect(client.commands).toContainEqual({ command: 'revoke_devices', devices: ['phone'], proof });
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
  });

  it('are all removed but this one', async () => {
    const client = new FakeClient([list(HERE, PHONE, device('old'))]);
    const { user } = show(<Devices />, client);
    await user.click(await screen.findByRole('button', { name: 'Remove all other devices' }));
    await user.type(screen.getByLabelText('Password'), 'lantern');
    await user.click(screen.getByRole('button', { name: 'Remove and erase' }));
    const proof = { proof: 'password', password: 'lantern' };
    expect(client.commands).toContainEqual({ command: 'revoke_devices', devices: ['phone', 'old'], proof });
  });

  it('say when one is new until the person knows it', async () => {
    const client = new FakeClient([list(HERE, { ...PHONE, is_new: true })]);
    const { user } = show(<NewDevicesBanner />, client);
    expect(await screen.findByText('My phone: if that was not you, remove it.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'That was me' }));
    expect(client.commands).toContainEqual({ command: 'acknowledge_devices' });
    client.show(list(HERE, PHONE));
    await waitFor(() => expect(screen.queryByText('New sign-in to your account')).toBeNull());
  });
});

describe('linking a device', () => {
  it('takes a typed code, has the digits compared and is approved', async () => {
    const client = new FakeClient([list(HERE), linking({ state: 'none' })]);
    const { user } = show(<Devices />, client);
    await user.click(await screen.findByRole('button', { name: 'Link a device' }));
    // There is no camera here.
    expect(await screen.findByText(/^The camera cannot be used here/)).toBeTruthy();
    await user.type(screen.getByLabelText('Or type the code'), 'ab3d7k9m');
    await user.click(screen.getByRole('button', { name: 'Next' }));
    expect(client.commands).toContainEqual({ command: 'link_device', code: 'ab3d7k9m' });
    client.show(
      linking({ state: 'compare', digits: '123456', device: 'Firefox on Linux', may_approve: true }),
    );
    expect(await screen.findByText('123 456')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'They are the same: link it' }));
    expect(client.commands).toContainEqual({ command: 'approve_linking' });
    client.show(linking({ state: 'approved' }));
    await screen.findByRole('heading', { name: 'Linked' });
  });

  it('says what is wrong with a code', async () => {
    const client = new FakeClient([list(HERE), linking({ state: 'none' })], {
      link_device: () => {
        throw failure('linking-code-used', 'used');
      },
    });
    const { user } = show(<Devices />, client);
    await user.click(await screen.findByRole('button', { name: 'Link a device' }));
    await user.type(await screen.findByLabelText('Or type the code'), 'ab3d7k9m');
    await user.click(screen.getByRole('button', { name: 'Next' }));
    expect(await screen.findByText(/^That code was used already/)).toBeTruthy();
  });

  it('shows a code on the new device, and what became of it', async () => {
    const client = new FakeClient([linking({ state: 'starting' })]);
    const { user } = show(<LinkPage />, client);
    expect(client.commands).toContainEqual({ command: 'start_linking' });
    client.show(linking({ state: 'waiting', code: 'AB3D-7K9M', qr: 'sealpost-link:1:AB3D:x:y' }));
    expect(await screen.findByText('AB3D-7K9M')).toBeTruthy();
    expect(screen.getByRole('img', { name: 'Code to scan with your other device' })).toBeTruthy();
    client.show(linking({ state: 'compare', digits: '004200', device: null, may_approve: false }));
    expect(await screen.findByText('004 200')).toBeTruthy();
    client.show(linking({ state: 'failed', reason: 'changed' }));
    expect(await screen.findByText(/Somebody may stand between the devices/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Show a new code' }));
    expect(client.commands.filter(({ command }) => command === 'start_linking').length).toBe(2);
  });
});
