import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { FakeClient, person, row } from '../../testing/fake-client';
import { show } from '../../testing/show';
import { Sidebar } from './Sidebar';

const ROWS = [
  row('Lake house', {
    kind: 'group',
    unread: 3,
    last: { sender: 'Mara', text: 'The key is under the stone', delivery: null, media: null },
  }),
  row('Anika Berg', { last: { sender: null, text: 'See you there', delivery: 'read', media: null } }),
  row('Priya Kumar', { draft: 'about the weekend', last: null }),
  row('Climbing', { joining: true }),
];

function client(rows = ROWS) {
  return new FakeClient(
    [
      { type: 'conversations', rows, unread: 3 },
      { type: 'connection', state: 'online' },
    ],
    {
      search_people: () => ({ answer: 'people', people: [person('Anton Reis')] }),
      start_direct: () => ({ answer: 'conversation', conversation: 'with-anton' }),
    },
  );
}

describe('the conversation list', () => {
  it('tells the last message, how far it got, the draft, and what is unread', async () => {
    show(<Sidebar current={undefined} remindOfCode={false} />, client());
    const list = await screen.findByRole('navigation', { name: 'Chats' });
    const [lake, anika, priya, climbing] = within(list).getAllByRole('link');
    expect(lake?.textContent).toContain('Mara: The key is under the stone');
    expect(lake?.textContent).toContain('3 unread messages');
    expect(within(anika as HTMLElement).getByRole('img', { name: 'Read' })).toBeTruthy();
    expect(priya?.textContent).toContain('Draft: about the weekend');
    expect(climbing?.textContent).toContain('Getting ready');
  });

  it('tells an admin that someone asks to join', async () => {
    const rows = [row('Lake house', { kind: 'group', join_requests: 2 })];
    show(<Sidebar current={undefined} remindOfCode={false} />, client(rows));
    expect((await screen.findByRole('link', { name: /Lake house/ })).textContent).toContain(
      '2 requests to join',
    );
  });

  it('filters while one types, and opens a chat with someone found', async () => {
    const { user, path } = show(<Sidebar current={undefined} remindOfCode={false} />, client());
    await screen.findByRole('link', { name: /Anika/ });
    await user.type(screen.getByLabelText('Search chats and people'), 'an');
    expect(screen.queryByRole('link', { name: /Lake house/ })).toBeNull();
    expect(screen.getByRole('link', { name: /Anika/ })).toBeTruthy();
    await user.click(await screen.findByRole('button', { name: /Anton Reis/ }));
    expect(path()).toBe('/c/with-anton');
  });

  it('walks through the rows by arrow keys', async () => {
    const { user } = show(<Sidebar current={undefined} remindOfCode={false} />, client());
    await screen.findByRole('link', { name: /Anika/ });
    await user.click(screen.getByLabelText('Search chats and people'));
    await user.keyboard('{ArrowDown}{ArrowDown}');
    expect(document.activeElement?.textContent).toContain('Anika');
    await user.keyboard('{ArrowUp}');
    expect(document.activeElement?.textContent).toContain('Lake house');
  });

  it('names the next step when it is empty', async () => {
    show(<Sidebar current={undefined} remindOfCode />, client([]));
    expect(await screen.findByRole('button', { name: 'Start a chat' })).toBeTruthy();
    expect(screen.getByRole('link', { name: /Save your recovery code/ })).toBeTruthy();
  });
});
