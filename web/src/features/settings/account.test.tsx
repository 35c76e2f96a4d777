import { screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeClient, ME, person } from '../../testing/fake-client';
import { settings } from '../../testing/samples';
import { show } from '../../testing/show';
import { BlockedPeoplePage, ContactsPage } from '../contacts/PeoplePage';
import { SettingsPage } from './SettingsPage';

const mara = person('Mara Ortiz');

function client() {
  return new FakeClient(
    [settings(), { type: 'contacts', contacts: [mara], blocked: [person('Kai Stone')] }],
    { start_direct: () => ({ answer: 'conversation', conversation: 'with-mara' }) },
  );
}

afterEach(() => vi.unstubAllGlobals());

describe('the settings of an account', () => {
  it('change privacy on all devices', async () => {
    const fake = client();
    const { user } = show(<SettingsPage me={ME} />, fake);
    await user.click(await screen.findByRole('switch', { name: 'Read receipts' }));
    // Only what was chosen: what another device or an earlier click chose stays.
    expect(fake.commands.at(-1)).toEqual({ command: 'change_settings', read_receipts: false });
    await user.selectOptions(screen.getByLabelText(/Who may start a chat/), 'People I share a group with');
    expect(fake.commands.at(-1)).toEqual({
      command: 'change_settings',
      who_may_message: 'shared_groups',
    });
    expect(screen.getByRole('link', { name: /Blocked people/ }).textContent).toContain('1');
  });

  it('ask the browser before notifications can be shown', async () => {
    const asked = vi.fn(async () => 'granted');
    vi.stubGlobal('Notification', { permission: 'default', requestPermission: asked });
    const fake = client();
    const { user } = show(<SettingsPage me={ME} />, fake);
    await user.click(await screen.findByRole('button', { name: 'Allow notifications' }));
    expect(asked).toHaveBeenCalled();
    await user.click(screen.getByRole('radio', { name: 'Only that there is a message' }));
    expect(fake.commands.at(-1)).toEqual({ command: 'change_settings', notifications: 'discreet' });
  });

  it('save the name that one changed, and nothing else', async () => {
    const fake = client();
    const { user } = show(<SettingsPage me={ME} />, fake);
    expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
    await user.clear(screen.getByLabelText('Name'));
    await user.type(screen.getByLabelText('Name'), 'Nora');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(fake.commands.at(-1)).toEqual({ command: 'set_profile', display_name: 'Nora', picture: null });
    expect(await screen.findByText('Your profile is saved.')).toBeTruthy();
  });

  it('take the picture away', async () => {
    const fake = client();
    const { user } = show(<SettingsPage me={{ ...ME, picture: 'p1' }} />, fake);
    await user.click(screen.getByRole('button', { name: 'Remove picture' }));
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(fake.commands.at(-1)).toMatchObject({ picture: { picture: 'remove' } });
  });
});

describe('people one knows', () => {
  it('are written to and removed', async () => {
    const fake = client();
    const { user, path } = show(<ContactsPage />, fake);
    await user.click(await screen.findByRole('button', { name: 'Remove Mara Ortiz from contacts' }));
    expect(fake.commands.at(-1)).toMatchObject({ command: 'set_contact', contact: false });
    await user.click(screen.getByRole('button', { name: /^Mara Ortiz/ }));
    expect(path()).toBe('/c/with-mara');
  });

  it('are unblocked', async () => {
    const fake = client();
    const { user } = show(<BlockedPeoplePage />, fake);
    await user.click(await screen.findByRole('button', { name: 'Unblock Kai Stone' }));
    expect(fake.commands.at(-1)).toMatchObject({ command: 'block', blocked: false });
  });
});
