import { cleanup, fireEvent, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Session } from '../sdk/types';
import { FakeClient, ME, row } from '../testing/fake-client';
import { settings } from '../testing/samples';
import { show } from '../testing/show';
import { ErrorBoundary } from '../ui/ErrorBoundary';
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

function Broken(): never {
  throw new Error('broken');
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

  it('knows its keys by where they are on other layouts, and the Arabic question mark', async () => {
    open();
    await screen.findByRole('link', { name: /Anika/ });
    fireEvent.keyDown(document.body, { key: 'ن', code: 'KeyK', ctrlKey: true });
    expect(screen.getByRole('dialog', { name: 'Find' })).toBeTruthy();
    cleanup();
    open();
    fireEvent.keyDown(document.body, { key: 'k', code: 'KeyV', ctrlKey: true });
    expect(screen.getByRole('dialog', { name: 'Find' })).toBeTruthy();
    cleanup();
    open();
    fireEvent.keyDown(document.body, { key: '؟' });
    expect(screen.getByRole('dialog', { name: 'Keyboard' })).toBeTruthy();
  });

  it('welcomes whoever has no chats yet', async () => {
    const client = new FakeClient([settings(), { type: 'conversations', rows: [], unread: 0 }]);
    show(<Shell session={SESSION} page={{ show: 'nothing' }} />, client);
    expect(await screen.findByRole('heading', { name: 'Welcome to Sealpost' })).toBeTruthy();
    expect(screen.queryByRole('heading', { name: 'Pick a chat' })).toBeNull();
  });

  it('gives the focus to the heading of a page that takes the place of another', async () => {
    const client = new FakeClient([settings(), { type: 'conversations', rows: [row('Anika')], unread: 0 }]);
    const { again } = show(<Shell session={SESSION} page={{ show: 'contacts' }} />, client);
    screen.getByRole('link', { name: 'Back to settings' }).focus();
    again(<Shell session={SESSION} page={{ show: 'blocked' }} />);
    const heading = await screen.findByRole('heading', { name: 'Blocked people' });
    expect(document.activeElement).toBe(heading);
    expect(document.title).toBe('Blocked people · Sealpost');
  });

  it('says so where a part of it broke, and the rest goes on', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    show(
      <>
        <p>Still here</p>
        <ErrorBoundary>
          <Broken />
        </ErrorBoundary>
      </>,
      new FakeClient(),
    );
    expect(screen.getByRole('alert').textContent).toContain('Something broke here');
    expect(screen.getByRole('button', { name: 'Reload' })).toBeTruthy();
    expect(screen.getByText('Still here')).toBeTruthy();
    vi.restoreAllMocks();
  });
});
