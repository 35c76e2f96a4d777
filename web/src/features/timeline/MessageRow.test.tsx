import { screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Delivery, Notice, SendFailure } from '../../sdk/types';
import { FakeClient, ME, message, person } from '../../testing/fake-client';
import { InConversation } from '../../testing/in-conversation';
import { show } from '../../testing/show';
import { MessageRow } from './MessageRow';
import { arrange } from './rows';

const mara = person('Mara Ortiz');
const NOON = new Date(2026, 10, 20, 12).getTime();

function showItems(
  items: Parameters<typeof arrange>[0],
  unread?: string,
  group = true,
  onJump?: (key: string) => void,
) {
  const client = new FakeClient();
  const rows = arrange(items, unread);
  const view = rows.map((row) => <MessageRow key={row.item.key} row={row} />);
  return { client, ...show(<InConversation {...{ group, items, onJump }}>{view}</InConversation>, client) };
}

function own(delivery: Delivery, failure?: SendFailure) {
  const item = message('own', ME, 'Leaving at six', NOON);
  return { ...item, content: { ...item.content, delivery, failure } } as typeof item;
}

describe('a message', () => {
  it('names its sender once in a group, and not in a direct chat', () => {
    const items = [message('a', mara, 'one', NOON), message('b', mara, 'two', NOON)];
    showItems(items);
    expect(screen.getAllByText('Mara Ortiz')).toHaveLength(1);
    showItems(items, undefined, false);
    expect(screen.getAllByText('Mara Ortiz')).toHaveLength(1);
  });

  it('is named by its sender, its text and how far it got', () => {
    showItems([own('read')]);
    expect(screen.getByRole('article', { name: /^Nora Lind Leaving at six .*Read$/ })).toBeTruthy();
  });

  it.each([
    ['pending', 'Waiting to be sent'],
    ['sent', 'Sent'],
    ['delivered', 'Delivered'],
    ['read', 'Read'],
  ] as const)('says that it is %s', (delivery, words) => {
    showItems([own(delivery)]);
    expect(within(screen.getByRole('article')).getByRole('img', { name: words })).toBeTruthy();
  });

  it('offers Retry and Delete when it failed, and says why', async () => {
    const { client, user } = showItems([own('failed', 'too_large')]);
    expect(screen.getByText('Not sent: it is too long.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Retry' }));
    await user.click(screen.getByRole('button', { name: 'Delete' }));
    expect(client.commands).toEqual([
      { command: 'retry', conversation: 'c', id: 'own' },
      { command: 'discard', conversation: 'c', id: 'own' },
    ]);
  });

  it('shows the line of new messages once', () => {
    showItems([message('a', mara, 'one', NOON), message('b', mara, 'two', NOON)], 'b');
    expect(screen.getAllByText('New messages')).toHaveLength(1);
  });

  it('says that it was edited, forwarded or deleted, and when it disappears', () => {
    showItems([
      message('a', mara, 'one', NOON, { edited: true, forwarded: true, expires: NOON + 60_000 }),
      { key: 'b', seq: 1, time: NOON, content: { type: 'deleted', sender: mara, own: false } },
      { key: 'c', seq: 1, time: NOON, content: { type: 'deleted', sender: ME, own: true } },
    ]);
    expect(screen.getByText('edited')).toBeTruthy();
    expect(screen.getByText('Forwarded')).toBeTruthy();
    expect(screen.getByRole('img', { name: /^Disappears 20 Nov|^Disappears Nov 20/ })).toBeTruthy();
    expect(screen.getByText('This message was deleted')).toBeTruthy();
    expect(screen.getByText('You deleted this message')).toBeTruthy();
  });

  it('shows what it answers, and goes there', async () => {
    const onJump = vi.fn();
    const reply = { key: 'a', sender: mara, text: 'Where?', deleted: false, media: null };
    const gone = { key: null, sender: null, text: '', deleted: false, media: null };
    const items = [message('b', ME, 'Here', NOON, { reply }), message('c', ME, 'Yes', NOON, { reply: gone })];
    const { user } = showItems(items, undefined, true, onJump);
    await user.click(screen.getByRole('button', { name: 'In reply to Mara Ortiz: Where?' }));
    expect(onJump).toHaveBeenCalledWith('a');
    expect(screen.getByText('This message is not here')).toBeTruthy();
  });

  it('says plainly what it cannot show', () => {
    showItems([{ key: 'x', seq: 1, time: NOON, content: { type: 'unsupported', sender: mara } }]);
    expect(screen.getByText(/cannot be shown here yet/)).toBeTruthy();
  });
});

describe('a notice', () => {
  const notices: [Notice, string][] = [
    [{ notice: 'created', by: mara }, 'Mara Ortiz started this chat'],
    [{ notice: 'added', by: mara, people: [ME, person('Tom Li')] }, 'Mara Ortiz added Nora Lind and Tom Li'],
    [{ notice: 'removed', by: mara, people: [ME] }, 'Mara Ortiz removed Nora Lind'],
    [{ notice: 'departed', person: mara }, 'Mara Ortiz left'],
    [{ notice: 'renamed', by: mara, name: 'Lake' }, 'Mara Ortiz named this group “Lake”'],
    [
      { notice: 'timer_changed', by: mara, seconds: 2_419_200 },
      'Mara Ortiz set messages to disappear after 4 weeks',
    ],
    [{ notice: 'timer_changed', by: mara, seconds: null }, 'Mara Ortiz turned off disappearing messages'],
    [{ notice: 'admins_changed', by: mara, people: [ME], admin: true }, 'Mara Ortiz made Nora Lind admin'],
    [{ notice: 'unreadable', cause: 'newer' }, 'A message needs a newer version of this app.'],
    [
      { notice: 'stopped', cause: 'rule' },
      'Sending is stopped here: a change broke the rules of this chat and was refused.',
    ],
    [
      { notice: 'not_done', id: 'a', change: { refused: 'remove', people: [mara] }, retry: false },
      'Mara Ortiz could not be removed',
    ],
  ];
  it.each(notices)('%o is told in one line', (notice, line) => {
    showItems([{ key: 'n', seq: 1, time: NOON, content: { type: 'notice', ...notice } }]);
    expect(screen.getByText(line)).toBeTruthy();
  });
});
