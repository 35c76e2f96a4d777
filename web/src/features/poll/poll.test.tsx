import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { Poll } from '../../sdk/types';
import { FakeClient, ME, message, person } from '../../testing/fake-client';
import { InConversation } from '../../testing/in-conversation';
import { show } from '../../testing/show';
import { MessageRow } from '../timeline/MessageRow';
import { arrange } from '../timeline/rows';
import { PollDialog } from './PollDialog';

const mara = person('Mara Ortiz');
const NOON = new Date(2026, 10, 20, 12).getTime();

function showPoll(poll: Poll, writable = true) {
  const client = new FakeClient();
  const items = [message('p', mara, 'When do we leave?', NOON, { poll })];
  const [row] = arrange(items, undefined);
  const view = (
    <InConversation writable={writable} items={items}>
      {row && <MessageRow row={row} />}
    </InConversation>
  );
  return { client, ...show(view, client) };
}

const poll: Poll = {
  options: [
    { text: 'Friday', people: [mara], own: false },
    { text: 'Saturday', people: [ME, mara], own: true },
  ],
  multiple: false,
  voters: 2,
};

describe('a poll', () => {
  it('shows the votes and the own one, and takes another in its place', async () => {
    const { client, user } = showPoll(poll);
    const friday = screen.getByRole('button', { name: 'Friday, 1 vote' });
    const saturday = screen.getByRole('button', { name: 'Saturday, 2 votes' });
    expect(saturday.getAttribute('aria-pressed')).toBe('true');
    await user.click(friday);
    expect(client.commands).toEqual([{ command: 'vote', conversation: 'c', key: 'p', choices: [0] }]);
  });

  it('takes a vote back', async () => {
    const { client, user } = showPoll(poll);
    await user.click(screen.getByRole('button', { name: 'Saturday, 2 votes' }));
    expect(client.commands).toEqual([{ command: 'vote', conversation: 'c', key: 'p', choices: [] }]);
  });

  it('takes several votes where that is allowed', async () => {
    const { client, user } = showPoll({ ...poll, multiple: true });
    await user.click(screen.getByRole('button', { name: 'Friday, 1 vote' }));
    expect(client.commands).toEqual([{ command: 'vote', conversation: 'c', key: 'p', choices: [0, 1] }]);
  });

  it('cannot be voted in where nothing can be sent', () => {
    showPoll(poll, false);
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Friday, 1 vote' }).disabled).toBe(true);
  });

  it('says who voted for what', async () => {
    const { user } = showPoll(poll);
    await user.click(screen.getByRole('button', { name: '2 people voted' }));
    expect(screen.getByRole('region', { name: 'Saturday' }).textContent).toContain('Nora Lind');
    expect(screen.getByRole('region', { name: 'Friday' }).textContent).not.toContain('Nora Lind');
  });
});

describe('making a poll', () => {
  it('needs a question and two answers', async () => {
    const client = new FakeClient();
    const { user } = show(<PollDialog conversation="c" onClose={() => {}} />, client);
    const send = screen.getByRole<HTMLButtonElement>('button', { name: 'Send poll' });
    await user.type(screen.getByLabelText('Question'), 'Food?');
    await user.type(screen.getByLabelText('Answer 1'), 'Bread');
    expect(send.disabled).toBe(true);
    await user.click(screen.getByRole('button', { name: 'Add answer' }));
    await user.type(screen.getByLabelText('Answer 3'), 'Cheese');
    await user.click(screen.getByLabelText('Allow several answers'));
    await user.click(send);
    expect(client.commands).toMatchObject([
      { command: 'send_poll', question: 'Food?', options: ['Bread', 'Cheese'], multiple: true },
    ]);
  });
});
