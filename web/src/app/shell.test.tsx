import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { Session } from '../sdk/types';
import { FakeClient, ME, row } from '../testing/fake-client';
import { settings } from '../testing/samples';
import { show } from '../testing/show';
import { Shell } from './Shell';

const SESSION: Extract<Session, { state: 'signed_in' }> = {
  state: 'signed_in',
  me: ME,
  recovery_code: null,
  may_start_chat: true,
};

function open() {
  const rows = [
    row('Anika Berg', { unread: 2 }),
    row('Old', { archived: true }),
    row('Lake house', { pinned: true }),
  ];
  const client = new FakeClient([
    settings(),
    { type: 'connection', state: 'online' },
    { type: 'conversations', rows, unread: 2 },
  ]);
  return show(<Shell session={SESSION} page={{ show: 'nothing' }} />, client);
}

describe('the app', () => {
  it('counts in its title what is unread', async () => {
    open();
    await expect.poll(() => document.title).toBe('(2) Sealpost');
  });

  it('opens the palette by Ctrl+K', async () => {
    const { user } = open();
    await screen.findByRole('link', { name: /Anika/ });
    await user.keyboard('{Control>}k{/Control}');
    expect(screen.getByRole('dialog', { name: 'Find' })).toBeTruthy();
    expect(document.activeElement).toBe(
      screen.getByRole('combobox', { name: 'Find chats, people and messages' }),
    );
  });

  it('tells its keys by ?', async () => {
    const { user } = open();
    await screen.findByRole('link', { name: /Anika/ });
    await user.keyboard('?');
    expect(screen.getByRole('dialog', { name: 'Keyboard' })).toBeTruthy();
    expect(screen.getByText('Search in this chat')).toBeTruthy();
    expect(screen.getByText('Edit your last message')).toBeTruthy();
  });

  it('goes from chat to chat as they are listed, pinned ones first', async () => {
    const { user, path } = open();
    await screen.findByRole('link', { name: /Anika/ });
    await user.keyboard('{Alt>}{ArrowDown}{/Alt}');
    expect(path()).toBe('/c/conversation-lake-house');
  });
});
