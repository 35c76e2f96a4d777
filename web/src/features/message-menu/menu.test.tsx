import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { failure } from '../../sdk/client';
import type { TimelineItem } from '../../sdk/types';
import { FakeClient, ME, message, person, row } from '../../testing/fake-client';
import { InConversation } from '../../testing/in-conversation';
import { show } from '../../testing/show';
import { Composer } from '../composer/Composer';
import { MessageRow } from '../timeline/MessageRow';
import { arrange } from '../timeline/rows';

const mara = person('Mara Ortiz');
const NOON = new Date(2026, 10, 20, 12).getTime();

function showItem(item: TimelineItem, client = new FakeClient(), writable = true) {
  const [shown] = arrange([item], undefined);
  const view = (
    <InConversation items={[item]} writable={writable} group>
      {shown && <MessageRow row={shown} />}
      <Composer />
    </InConversation>
  );
  return { client, article: screen.queryByRole('article'), ...show(view, client) };
}

async function openMenu(item: TimelineItem, client?: FakeClient, writable?: boolean) {
  const shown = showItem(item, client, writable);
  screen.getByRole('article').focus();
  await shown.user.keyboard('{Enter}');
  return shown;
}

const theirs = message('a', mara, 'The key is under the stone', NOON);
const own = message('b', ME, 'Leaving at six', NOON);

function names() {
  return screen.getAllByRole('menuitem').map((item) => item.textContent);
}

describe('what can be done with a message', () => {
  it('is offered beside it while the pointer is there', async () => {
    const { user } = showItem(theirs);
    expect(screen.queryByRole('button', { name: 'Reply' })).toBeNull();
    await user.hover(screen.getByRole('article'));
    // The pointer stays in the message, which events made up for a test do not say.
    fireEvent.click(screen.getByRole('button', { name: 'Reply' }));
    expect(screen.getByRole('group', { name: 'Reply to Mara Ortiz' })).toBeTruthy();
  });

  it('opens from the keyboard, and Escape gives the focus back', async () => {
    const { user } = await openMenu(theirs);
    expect(screen.getByRole('menu', { name: 'Message actions' })).toBeTruthy();
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('menu')).toBeNull();
    expect(document.activeElement).toBe(screen.getByRole('article'));
  });

  it('opens by a right click, but leaves addresses to the browser', () => {
    showItem(theirs);
    fireEvent.contextMenu(screen.getByText('The key is under the stone'));
    expect(screen.getByRole('menu')).toBeTruthy();
  });

  it('differs for messages of others and own ones', async () => {
    await openMenu(theirs);
    expect(names()).toContain('Report');
    expect(names()).not.toContain('Edit');
    await screen.findByRole('menu');
  });

  it('offers Edit for own ones, and no Report', async () => {
    await openMenu(own);
    expect(names()).toContain('Edit');
    expect(names()).not.toContain('Report');
  });

  it('leaves out what would write where nothing can be written', async () => {
    showItem(theirs, undefined, false);
    fireEvent.contextMenu(screen.getByText('The key is under the stone'));
    expect(names()).not.toContain('Reply');
    expect(screen.queryByRole('menuitemcheckbox')).toBeNull();
    expect(names()).toContain('Copy text');
  });

  it('copies the text as it was written, and a link to the message', async () => {
    const { user } = await openMenu(theirs);
    await user.click(screen.getByRole('menuitem', { name: 'Copy text' }));
    expect(await navigator.clipboard.readText()).toBe('The key is under the stone');
    screen.getByRole('article').focus();
    await user.keyboard('{Enter}');
    await user.click(screen.getByRole('menuitem', { name: 'Copy link to message' }));
    expect(await navigator.clipboard.readText()).toMatch(/\/c\/c\?m=a$/);
  });
});

describe('reacting', () => {
  it('adds an emoji, and remembers it as one used last', async () => {
    const { client, user } = await openMenu(theirs);
    await user.click(screen.getByRole('menuitemcheckbox', { name: 'React with 🙏' }));
    expect(client.commands).toContainEqual({
      command: 'react',
      conversation: 'c',
      key: 'a',
      emoji: '🙏',
      add: true,
    });
    expect(JSON.parse(localStorage.getItem('sealpost-emoji-recent') ?? '[]')).toEqual(['🙏']);
  });

  const reacted = message('a', mara, 'Hello', NOON, {
    reactions: [{ emoji: '❤️', people: [mara, ME], own: true }],
  });

  it('is taken back by pressing the own one', async () => {
    const { client, user } = showItem(reacted);
    const chip = screen.getByRole('button', { name: '❤️, 2 reactions: Mara Ortiz and Nora Lind' });
    expect(chip.getAttribute('aria-pressed')).toBe('true');
    await user.click(chip);
    expect(client.commands.at(-1)).toMatchObject({ command: 'react', emoji: '❤️', add: false });
  });

  it('tells who reacted', async () => {
    const { user } = await openMenu(reacted);
    await user.click(screen.getByRole('menuitem', { name: 'Who reacted' }));
    const dialog = screen.getByRole('dialog', { name: 'Reactions' });
    expect(within(dialog).getByText('@mara.ortiz')).toBeTruthy();
    expect(within(dialog).getByText('@nora.lind')).toBeTruthy();
  });
});

describe('deleting', () => {
  it('asks for whom, and an own message can go for everyone', async () => {
    const { client, user } = await openMenu(own);
    await user.click(screen.getByRole('menuitem', { name: 'Delete' }));
    const dialog = screen.getByRole('alertdialog', { name: 'Delete this message?' });
    await user.click(within(dialog).getByRole('button', { name: 'Delete for everyone' }));
    const command = { command: 'delete_messages', conversation: 'c', keys: ['b'], everyone: true };
    expect(client.commands).toContainEqual(command);
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
  });

  it('is only for oneself with messages of others, and says why it failed', async () => {
    const client = new FakeClient([], {
      delete_messages: () => {
        throw failure('storage');
      },
    });
    const { user } = await openMenu(theirs, client);
    await user.click(screen.getByRole('menuitem', { name: 'Delete' }));
    expect(screen.queryByRole('button', { name: 'Delete for everyone' })).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Delete for me' }));
    expect(await screen.findByText(/could not save that/)).toBeTruthy();
  });
});

describe('forwarding', () => {
  it('sends copies to the chosen chats, of which only those are offered that take messages', async () => {
    const rows = [row('Anika'), row('Ben'), row('Cleo', { read_only: true }), row('Dora', { request: true })];
    const client = new FakeClient([{ type: 'conversations', rows, unread: 0 }]);
    const { user } = await openMenu(theirs, client);
    await user.click(screen.getByRole('menuitem', { name: 'Forward' }));
    await user.click(await screen.findByRole('button', { name: 'Anika' }));
    expect(screen.queryByRole('button', { name: 'Cleo' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Dora' })).toBeNull();
    await user.type(screen.getByLabelText('Search chats'), 'be');
    await user.click(screen.getByRole('button', { name: 'Ben' }));
    await user.click(screen.getByRole('button', { name: 'Forward to 2 chats' }));
    expect(client.commands).toContainEqual({
      command: 'forward',
      id: expect.any(String),
      conversation: 'c',
      keys: ['a'],
      to: ['conversation-anika', 'conversation-ben'],
    });
    expect(await screen.findByText('Forwarded to 2 chats.')).toBeTruthy();
  });
});

describe('the info of a message', () => {
  it('tells who has read it, who only got it, and what it said before', async () => {
    const tom = person('Tom Li');
    const client = new FakeClient([
      {
        type: 'message_info',
        sent: NOON,
        members: [
          { person: mara, delivered: true, read: true, delivered_at: NOON, read_at: NOON + 60_000 },
          { person: tom, delivered: true, read: false, delivered_at: NOON, read_at: null },
        ],
        revisions: [{ time: NOON, text: 'Leaving at sixx' }],
      },
    ]);
    const { user } = await openMenu(own, client);
    await user.click(screen.getByRole('menuitem', { name: 'Info' }));
    expect((await screen.findByRole('region', { name: 'Read by' })).textContent).toContain('Mara Ortiz');
    expect(screen.getByRole('region', { name: 'Delivered to' }).textContent).toContain('Tom Li');
    expect(screen.getByText('Leaving at sixx')).toBeTruthy();
    expect(screen.queryByRole('region', { name: 'Not yet delivered to' })).toBeNull();
  });
});

describe('reporting', () => {
  it('shows what is sent, and sends it with the comment', async () => {
    const timeline = {
      conversation: 'c',
      has_older: false,
      restoring: false,
      has_newer: false,
      first_unread: null,
      last_seq: 1,
    };
    const { client, user } = await openMenu(
      theirs,
      new FakeClient([{ type: 'timeline', items: [theirs], ...timeline }]),
    );
    await user.click(screen.getByRole('menuitem', { name: 'Report' }));
    const dialog = screen.getByRole('dialog', { name: 'Report Mara Ortiz' });
    expect(await within(dialog).findByText('The key is under the stone')).toBeTruthy();
    await user.type(within(dialog).getByLabelText('What is wrong?'), 'spam');
    await user.click(within(dialog).getByRole('button', { name: 'Send report' }));
    expect(client.commands).toContainEqual({
      command: 'report',
      conversation: 'c',
      account: mara.account,
      keys: ['a'],
      comment: 'spam',
    });
  });
});
