import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { FakeClient, ME } from '../../testing/fake-client';
import { show } from '../../testing/show';
import { SettingsPage } from './SettingsPage';

describe('settings', () => {
  it('switches theme and language at once', async () => {
    const { user } = show(<SettingsPage me={ME} />, new FakeClient());
    await user.click(screen.getByRole('radio', { name: 'Dark' }));
    expect(document.documentElement.dataset.theme).toBe('dark');
    await user.click(screen.getByRole('radio', { name: 'Deutsch' }));
    expect(screen.getByRole('heading', { name: 'Einstellungen' })).toBeTruthy();
    await user.click(screen.getAllByRole('radio', { name: 'System' })[0] as HTMLElement);
    expect(document.documentElement.dataset.theme).toBeUndefined();
  });

  it('asks before it signs out, and can be called off', async () => {
    const client = new FakeClient();
    const { user } = show(<SettingsPage me={ME} />, client);
    await user.click(screen.getByRole('button', { name: 'Sign out here' }));
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    const signOuts = () => client.commands.filter(({ command }) => command === 'sign_out');
    expect(signOuts()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Sign out here' }));
    await user.click(screen.getByRole('button', { name: 'Sign out and erase' }));
    expect(signOuts()).toEqual([{ command: 'sign_out' }]);
  });
});
