import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { ConversationRow, Snapshot, TimelineItem } from '../sdk/types';
import { FakeClient, message, person, row } from '../testing/fake-client';
import { details } from '../testing/samples';
import { show } from '../testing/show';
import { ConversationPage } from './ConversationPage';

const mara = person('Mara Ortiz');
const NOON = new Date(2026, 10, 20, 12).getTime();

const TIMELINE = {
  type: 'timeline',
  conversation: 'lake',
  items: [message('a', mara, 'Hello', NOON)],
  has_older: false,
  restoring: false,
  has_newer: false,
  first_unread: null,
  last_seq: 1,
} satisfies Snapshot;

function open(more: Partial<ConversationRow> = {}, answers = {}, path = '/c/lake') {
  const rows = [row('Mara Ortiz', { conversation: 'lake', peer: mara, ...more })];
  const client = new FakeClient(
    [
      { type: 'conversations', rows, unread: 0 },
      { type: 'connection', state: 'online' },
      TIMELINE,
      details(),
    ],
    answers,
  );
  return { client, ...show(<ConversationPage conversation="lake" />, client, path) };
}

describe('the head of a conversation', () => {
  it('says whether the other person is there, and that it is encrypted', async () => {
    open({ presence: { online: true, last_seen: null } });
    expect(await screen.findByText('Online · End-to-end encrypted')).toBeTruthy();
  });

  it('counts the people of a group', async () => {
    open({ kind: 'group', peer: null, members: 12 });
    expect(await screen.findByText('12 members, end-to-end encrypted')).toBeTruthy();
  });

  it('tells an admin who asks to join, and leads to the answer', async () => {
    const { user } = open({ kind: 'group', peer: null, members: 12, join_requests: 1 });
    expect((await screen.findByText('1 request to join')).getAttribute('role')).toBe('status');
    await user.click(screen.getByRole('button', { name: 'View' }));
    expect(await screen.findByRole('dialog')).toBeTruthy();
  });

  it('says nothing of it while nobody asks', async () => {
    open({ kind: 'group', peer: null, members: 12 });
    await screen.findByText('12 members, end-to-end encrypted');
    expect(screen.queryByText(/to join/)).toBeNull();
  });

  it('says who types, in place of that', async () => {
    open({ kind: 'group', peer: null, typing: ['Mara', 'Tom'] });
    expect(await screen.findByText('Mara and Tom are typing…')).toBeTruthy();
  });

  it('leads to search by button and by Ctrl+F', async () => {
    const { user, path } = open();
    await user.click(await screen.findByRole('button', { name: 'Search in this chat' }));
    expect(path()).toBe('/search?in=lake');
    const again = open();
    await again.user.keyboard('{Control>}f{/Control}');
    expect(again.path()).toBe('/search?in=lake');
  });

  it('mutes', async () => {
    const { client, user } = open();
    await user.click(await screen.findByRole('button', { name: 'Chat actions' }));
    await user.click(screen.getByRole('menuitem', { name: 'Mute' }));
    await user.click(screen.getByRole('menuitem', { name: 'Always' }));
    expect(client.commands.at(-1)).toMatchObject({ command: 'arrange_conversation', conversation: 'lake' });
  });

  it('offers to unmute what is muted', async () => {
    const { client, user } = open({ muted_until: Number.MAX_SAFE_INTEGER });
    await user.click(await screen.findByRole('button', { name: 'Chat actions' }));
    await user.click(screen.getByRole('menuitem', { name: 'Unmute' }));
    expect(client.commands.at(-1)).toMatchObject({ arrangement: { arrange: 'mute', until: null } });
  });

  it('jumps to a date, and says if there is nothing', async () => {
    const found: { key: string | null } = { key: null };
    const { client, user } = open({}, { find_time: () => ({ answer: 'found', key: found.key }) });
    await user.click(await screen.findByRole('button', { name: 'Chat actions' }));
    await user.click(screen.getByRole('menuitem', { name: 'Jump to date' }));
    await user.click(screen.getByRole('button', { name: 'Jump' }));
    expect(await screen.findByText(/Nothing was written on that day/)).toBeTruthy();
    found.key = 'a';
    await user.click(screen.getByRole('button', { name: 'Jump' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    const asked = client.commands.find((command) => command.command === 'find_time');
    expect(asked).toMatchObject({ conversation: 'lake', time: new Date().setHours(0, 0, 0, 0) });
  });
});

describe('an open conversation', () => {
  it('is looked at until it is left', async () => {
    const { client } = open();
    await screen.findByRole('log', { name: 'Messages with Mara Ortiz' });
    expect(client.commands).toContainEqual({ command: 'look', conversation: 'lake' });
  });

  it('begins around the message that its address names, which then goes from the address', async () => {
    const { path } = open({}, {}, '/c/lake?m=a');
    await screen.findByRole('log', { name: 'Messages with Mara Ortiz' });
    expect(path()).toBe('/c/lake');
  });
});

describe('Escape in a conversation', () => {
  it('closes it, but not while letters are being composed or something floats above', async () => {
    const { user, path } = open();
    const field = await screen.findByRole('textbox', { name: 'Message Mara Ortiz' });
    fireEvent.keyDown(field, { key: 'Escape', isComposing: true });
    expect(path()).toBe('/c/lake');
    await user.click(screen.getByRole('button', { name: 'Details of Mara Ortiz' }));
    fireEvent.keyDown(document.body, { key: 'Escape' });
    expect(path()).toBe('/c/lake');
    await user.click(screen.getByRole('button', { name: 'Close' }));
    await user.keyboard('{Escape}');
    expect(path()).toBe('/');
  });
});

describe('new messages', () => {
  it('are all said, and notices too', async () => {
    const { client } = open();
    await screen.findByRole('log');
    const items: TimelineItem[] = [
      message('a', mara, 'Hello', NOON),
      message('b', mara, 'Are you there?', NOON + 1),
      { key: 'n', seq: 3, time: NOON + 2, content: { type: 'notice', notice: 'departed', person: mara } },
      message('d', mara, 'Bye', NOON + 3),
    ];
    client.show({ ...TIMELINE, items });
    await screen.findByText('Mara Ortiz: Bye');
    expect(screen.getByText('Mara Ortiz: Are you there?')).toBeTruthy();
    expect(screen.getAllByText('Mara Ortiz left').length).toBeGreaterThan(0);
    expect(screen.queryByText('Mara Ortiz: Hello')).toBeNull();
  });
});

describe('a conversation in which nothing can be written', () => {
  it.each([
    [{ joining: true }, /being let in/],
    [{ requested: true }, /Waiting for an admin/],
    [{ ended: true }, /Nothing can be sent/],
    [{ read_only: true }, /Only admins write here/],
  ])('says why: %o', async (more, words) => {
    open(more);
    expect(await screen.findByText(words)).toBeTruthy();
    expect(screen.queryByRole('textbox')).toBeNull();
  });

  it('that was stopped is begun anew by who may, which is confirmed', async () => {
    const { client, user } = open({ ended: true, stopped: true, may_begin_anew: true });
    const bar = await screen.findByRole('region', { name: 'This chat was stopped' });
    expect(within(bar).queryByRole('button', { name: 'Leave group' })).toBeNull();
    await user.click(within(bar).getByRole('button', { name: 'Begin anew' }));
    const dialog = screen.getByRole('alertdialog', { name: 'Begin this chat anew?' });
    await user.click(within(dialog).getByRole('button', { name: 'Begin anew' }));
    expect(client.commands).toContainEqual({ command: 'begin_anew', conversation: 'lake' });
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
  });

  it('that was stopped is left or waits for an admin', async () => {
    const { user } = open({ kind: 'group', peer: null, ended: true, stopped: true, may_leave: true });
    const bar = await screen.findByRole('region', { name: 'This chat was stopped' });
    expect(within(bar).getByText(/An admin can begin the chat anew/)).toBeTruthy();
    expect(within(bar).queryByRole('button', { name: 'Begin anew' })).toBeNull();
    await user.click(within(bar).getByRole('button', { name: 'Leave group' }));
    expect(await screen.findByRole('alertdialog')).toBeTruthy();
  });

  it('that is a request can be accepted', async () => {
    const { client, user } = open({ request: true });
    const bar = await screen.findByRole('region', { name: 'Mara Ortiz wants to chat' });
    await user.click(within(bar).getByRole('button', { name: 'Accept' }));
    expect(client.commands).toContainEqual({ command: 'accept_request', conversation: 'lake' });
  });

  it('that is a request can be deleted, which is confirmed', async () => {
    const { client, user, path } = open({ request: true });
    await user.click(await screen.findByRole('button', { name: 'Delete' }));
    const dialog = screen.getByRole('alertdialog', { name: 'Delete this request?' });
    await user.click(within(dialog).getByRole('button', { name: 'Delete' }));
    expect(client.commands).toContainEqual({ command: 'delete_conversation', conversation: 'lake' });
    await waitFor(() => expect(path()).toBe('/'));
  });

  it('that is a request can be blocked, which is confirmed', async () => {
    const { client, user } = open({ request: true });
    await user.click(await screen.findByRole('button', { name: 'Block' }));
    const dialog = screen.getByRole('alertdialog', { name: 'Block Mara Ortiz?' });
    await user.click(within(dialog).getByRole('button', { name: 'Block' }));
    expect(client.commands).toContainEqual({ command: 'block', account: mara.account, blocked: true });
  });

  it('with someone blocked offers to unblock', async () => {
    const { client, user } = open({ blocked: true });
    const bar = await screen.findByRole('region', { name: 'You blocked Mara Ortiz' });
    await user.click(within(bar).getByRole('button', { name: 'Unblock' }));
    expect(client.commands).toContainEqual({ command: 'block', account: mara.account, blocked: false });
  });

  it('of a group from strangers has no one to block', async () => {
    open({ kind: 'group', peer: null, request: true });
    expect(await screen.findByRole('region', { name: 'You were added to Mara Ortiz' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Block' })).toBeNull();
  });
});
