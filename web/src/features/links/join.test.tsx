import { screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { App } from '../../app/App';
import { failure } from '../../sdk/client';
import type { LinkPreview, Snapshot } from '../../sdk/types';
import { FakeClient, ME, row } from '../../testing/fake-client';
import { show } from '../../testing/show';
import { JoinPage } from './JoinPage';

const PREVIEW: LinkPreview = {
  conversation: 'sail',
  name: 'Sailing',
  description: 'On Sundays',
  members: 14,
  member: false,
  approval: true,
};

const SIGNED_IN: Snapshot = {
  type: 'session',
  state: 'signed_in',
  me: ME,
  recovery_code: null,
  may_start_chat: true,
};

function client(preview: Partial<LinkPreview> = {}, session: Snapshot = SIGNED_IN) {
  return new FakeClient(
    [session, { type: 'connection', state: 'online' }, { type: 'conversations', rows: [], unread: 0 }],
    { inspect_link: () => ({ answer: 'link_preview', ...PREVIEW, ...preview }) },
  );
}

afterEach(() => {
  sessionStorage.clear();
  location.hash = '';
});

describe('joining by a link', () => {
  it('shows the group, asks, waits, and opens the chat when one is let in', async () => {
    const fake = client();
    const { user, path } = show(<JoinPage fragment="abc" />, fake);
    expect(await screen.findByRole('heading', { name: 'Sailing' })).toBeTruthy();
    expect(screen.getByText('14 members')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Ask to join' }));
    expect(fake.commands.at(-1)).toEqual({ command: 'join_by_link', fragment: 'abc' });
    expect(await screen.findByText(/An admin has to approve/)).toBeTruthy();
    const waiting = row('Sailing', { conversation: 'sail', kind: 'group', requested: true });
    fake.show({ type: 'conversations', rows: [waiting], unread: 0 });
    fake.show({ type: 'conversations', rows: [{ ...waiting, requested: false }], unread: 0 });
    await expect.poll(path).toBe('/c/sail');
  });

  it('joins at once where nobody has to approve', async () => {
    show(<JoinPage fragment="abc" />, client({ approval: false }));
    expect(await screen.findByRole('button', { name: 'Join group' })).toBeTruthy();
  });

  it('opens the chat that one is in already', async () => {
    const { user, path } = show(<JoinPage fragment="abc" />, client({ member: true }));
    await user.click(await screen.findByRole('button', { name: 'Open chat' }));
    expect(path()).toBe('/c/sail');
  });

  it('says that a link has ended', async () => {
    const fake = new FakeClient([], {
      inspect_link: () => {
        throw failure('not-found');
      },
    });
    show(<JoinPage fragment="abc" />, fake);
    expect(await screen.findByRole('heading', { name: 'This link does not work' })).toBeTruthy();
  });

  it('asks again by itself when there is a connection', async () => {
    let connected = false;
    const fake = new FakeClient([SIGNED_IN, { type: 'connection', state: 'connecting' }], {
      inspect_link: () => {
        if (!connected) throw failure('offline');
        return { answer: 'link_preview', ...PREVIEW };
      },
    });
    show(<JoinPage fragment="abc" />, fake);
    await expect.poll(() => fake.commands.length).toBeGreaterThan(0);
    expect(screen.queryByRole('alert')).toBeNull();
    fake.show({ type: 'connection', state: 'offline' });
    expect(await screen.findByText(/server cannot be reached/)).toBeTruthy();
    connected = true;
    fake.show({ type: 'connection', state: 'online' });
    expect(await screen.findByRole('heading', { name: 'Sailing' })).toBeTruthy();
  });

  it('lets one sign in first and comes back', async () => {
    location.hash = '#abc';
    const fake = client({}, { type: 'session', state: 'signed_out', reason: null });
    const { path } = show(<App />, fake, '/join');
    expect(await screen.findByText(/to see the group you were invited to/)).toBeTruthy();
    expect(path()).toBe('/sign-in');
    fake.show(SIGNED_IN);
    await expect.poll(path).toBe('/join#abc');
  });
});
