import { fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { FakeClient, person, row } from '../../testing/fake-client';
import { details } from '../../testing/samples';
import { show } from '../../testing/show';
import { Sidebar } from './Sidebar';

const ROWS = [
  row('Anika Berg', { peer: person('Anika Berg'), presence: { online: true, last_seen: null }, unread: 2 }),
  row('Lake house', { kind: 'group', typing: ['Mara', 'Tom'], mentioned: true, unread: 1 }),
  row('Tern', { kind: 'group', muted_until: Number.MAX_SAFE_INTEGER }),
  row('Dad', { pinned: true, marked_unread: true }),
  row('Landlord', { archived: true, unread: 4 }),
  row('Kai Stone', { request: true, unread: 1 }),
  row('Spammer', { request: true, blocked: true }),
  row('Sailing', { kind: 'group', requested: true }),
];

function open(rows = ROWS) {
  const client = new FakeClient([
    { type: 'conversations', rows, unread: 3 },
    { type: 'connection', state: 'online' },
    {
      type: 'timeline',
      conversation: 'any',
      items: [],
      has_older: false,
      restoring: false,
      has_newer: false,
      first_unread: null,
      last_seq: 41,
    },
    details({ conversation: 'conversation-lake-house', last_admin: true }),
  ]);
  client.snapshot = answeringAnyTimeline(client);
  return { client, ...show(<Sidebar current={undefined} remindOfCode={false} />, client) };
}

/** The newest entry of any conversation is the same here. */
function answeringAnyTimeline(client: FakeClient): FakeClient['snapshot'] {
  const plain = client.snapshot.bind(client);
  return (key) => plain(key.type === 'timeline' ? { ...key, conversation: 'any' } : key);
}

async function menuOf(name: string) {
  fireEvent.contextMenu(await screen.findByRole('link', { name: new RegExp(name) }), {
    clientX: 9,
    clientY: 9,
  });
  return screen.getByRole('menu', { name: `More about ${name}` });
}

describe('the conversation list', () => {
  it('shows pinned chats first, and the others of their own sections apart', async () => {
    const { user } = open();
    const list = await screen.findByRole('navigation', { name: 'Chats' });
    const names = within(list)
      .getAllByRole('link')
      .map((link) => link.textContent);
    expect(names.map((name) => name?.match(/Dad|Anika|Lake|Tern|Sailing/)?.[0])).toEqual([
      'Dad',
      'Anika',
      'Lake',
      'Tern',
      'Sailing',
    ]);
    await user.click(screen.getByRole('button', { name: /Archived \(1\)/ }));
    const archived = screen.getByRole('navigation', { name: 'Archived' });
    expect(within(archived).getByRole('link', { name: /Landlord/ })).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Back to all chats' }));
    await user.click(screen.getByRole('button', { name: /Message requests \(1\)/ }));
    expect(screen.getByRole('link', { name: /Kai Stone/ })).toBeTruthy();
    expect(screen.queryByRole('link', { name: /Spammer/ })).toBeNull();
    await user.keyboard('{Escape}');
    expect(screen.getByRole('link', { name: /Anika/ })).toBeTruthy();
  });

  it('tells who types, is there, is muted, mentions and waits', async () => {
    open();
    const find = (name: RegExp) => screen.findByRole('link', { name });
    const lake = await find(/Lake house/);
    expect(lake.textContent).toContain('Mara and Tom are typing…');
    expect(within(lake).getByRole('img', { name: 'You are mentioned' })).toBeTruthy();
    const anika = await find(/Anika/);
    expect(anika.textContent).toContain('Online');
    expect(anika.querySelector('[data-online]')).toBeTruthy();
    expect(within(await find(/Tern/)).getByRole('img', { name: 'Muted' })).toBeTruthy();
    const dad = await find(/Dad/);
    expect(within(dad).getByRole('img', { name: 'Pinned' })).toBeTruthy();
    expect(dad.textContent).toContain('Marked as unread');
    expect((await find(/Sailing/)).textContent).toContain('Waiting to be let in…');
  });

  it('finds archived chats too when one filters', async () => {
    const { user } = open();
    await screen.findByRole('link', { name: /Anika/ });
    await user.type(screen.getByLabelText('Search chats and people'), 'landl');
    expect(screen.getByRole('link', { name: /Landlord/ })).toBeTruthy();
  });
});

describe('the menu of a chat', () => {
  it('pins, archives and marks', async () => {
    const { client, user } = open();
    await user.click(within(await menuOf('Lake house')).getByRole('menuitem', { name: 'Pin' }));
    expect(client.commands.at(-1)).toEqual({
      command: 'arrange_conversation',
      conversation: 'conversation-lake-house',
      arrangement: { arrange: 'pin', pinned: true },
    });
    await user.click(within(await menuOf('Tern')).getByRole('menuitem', { name: 'Archive' }));
    expect(client.commands.at(-1)).toMatchObject({ arrangement: { arrange: 'archive', archived: true } });
    await user.click(within(await menuOf('Tern')).getByRole('menuitem', { name: 'Mark as unread' }));
    expect(client.commands.at(-1)).toMatchObject({ arrangement: { arrange: 'mark_unread', unread: true } });
  });

  it('mutes for a time that one chooses, and no longer', async () => {
    const { client, user } = open();
    await user.click(within(await menuOf('Lake house')).getByRole('menuitem', { name: 'Mute…' }));
    await user.click(screen.getByRole('menuitem', { name: 'Always' }));
    expect(client.commands.at(-1)).toMatchObject({
      arrangement: { arrange: 'mute', until: Number.MAX_SAFE_INTEGER },
    });
    await user.click(within(await menuOf('Tern')).getByRole('menuitem', { name: 'Unmute' }));
    expect(client.commands.at(-1)).toMatchObject({ arrangement: { arrange: 'mute', until: null } });
  });

  it('marks all as read', async () => {
    const { client, user } = open();
    await user.click(within(await menuOf('Anika Berg')).getByRole('menuitem', { name: 'Mark as read' }));
    await expect.poll(() => client.commands.at(-1)).toMatchObject({ command: 'mark_read', seq: 41 });
  });

  it('opens under a finger that stays, which then does not open the chat', async () => {
    const { path } = open();
    const link = await screen.findByRole('link', { name: /Tern/ });
    fireEvent.pointerDown(link, { pointerType: 'touch', clientX: 20, clientY: 20 });
    expect(await screen.findByRole('menu', { name: 'More about Tern' })).toBeTruthy();
    fireEvent.pointerUp(link, { pointerType: 'touch' });
    fireEvent.click(link);
    expect(path()).toBe('/');
  });

  it('walks by arrow keys, closes on Escape and gives the focus back', async () => {
    const { user } = open();
    const more = await screen.findByRole('button', { name: 'More about Lake house' });
    more.focus();
    await user.keyboard('{Enter}');
    expect(document.activeElement?.textContent).toBe('Pin');
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement?.textContent).toBe('Mute…');
    await user.keyboard('{End}');
    expect(document.activeElement?.textContent).toBe('Leave group');
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('menu')).toBeNull();
    expect(document.activeElement).toBe(more);
  });

  it('asks before it deletes a chat', async () => {
    const { client, user } = open();
    await user.click(within(await menuOf('Anika Berg')).getByRole('menuitem', { name: 'Delete chat' }));
    const dialog = screen.getByRole('alertdialog', { name: 'Delete this chat?' });
    expect(client.commands).toEqual([]);
    await user.click(within(dialog).getByRole('button', { name: 'Delete' }));
    expect(client.commands.at(-1)).toEqual({
      command: 'delete_conversation',
      conversation: 'conversation-anika-berg',
    });
    expect(screen.queryByRole('alertdialog')).toBeNull();
  });

  it('offers to leave and to delete a group that was stopped', async () => {
    open([row('Stopped', { kind: 'group', ended: true, may_leave: true })]);
    const menu = within(await menuOf('Stopped'));
    expect(menu.getByRole('menuitem', { name: 'Leave group' })).toBeTruthy();
    expect(menu.getByRole('menuitem', { name: 'Delete chat' })).toBeTruthy();
  });

  it('lets the last admin leave only after another was named', async () => {
    const { client, user } = open();
    await user.click(within(await menuOf('Lake house')).getByRole('menuitem', { name: 'Leave group' }));
    const leave = await screen.findByRole<HTMLButtonElement>('button', { name: 'Leave' });
    await screen.findByLabelText('New admin');
    expect(leave.disabled).toBe(true);
    await user.selectOptions(screen.getByLabelText('New admin'), 'Mara Ortiz (@mara.ortiz)');
    await user.click(leave);
    expect(client.commands.at(-1)).toEqual({
      command: 'leave_group',
      conversation: 'conversation-lake-house',
      successor: 'account-mara.ortiz',
    });
  });
});
