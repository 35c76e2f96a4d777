import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { failure } from '../../sdk/client';
import { FakeClient, ME, message, person, row } from '../../testing/fake-client';
import { InConversation } from '../../testing/in-conversation';
import { show } from '../../testing/show';
import { Composer } from './Composer';

function Composing(more: Parameters<typeof InConversation>[0]) {
  return (
    <InConversation {...more}>
      <Composer />
    </InConversation>
  );
}

const mara = person('Mara Ortiz');
const NOON = new Date(2026, 10, 20, 12).getTime();

function sent(client: FakeClient) {
  return client.commands.flatMap((command) => (command.command === 'send_text' ? command.text : []));
}

describe('the composer', () => {
  it('sends on Enter and breaks the line on Shift+Enter', async () => {
    const client = new FakeClient();
    const { user } = show(<Composing />, client);
    const field = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message Mara' });
    await user.type(field, 'one{Shift>}{Enter}{/Shift}two{Enter}');
    expect(sent(client)).toEqual(['one\ntwo']);
    expect(field.value).toBe('');
  });

  it('sends nothing that is only space', async () => {
    const client = new FakeClient();
    const { user } = show(<Composing />, client);
    await user.type(screen.getByRole('textbox'), '  {Enter}');
    expect(sent(client)).toEqual([]);
    expect(screen.queryByRole('button', { name: 'Send' })).toBeNull();
    screen.getByRole('button', { name: 'Record a voice message' });
  });

  it('gives the text back when it was refused', async () => {
    const client = new FakeClient([], {
      send_text: () => {
        throw failure('message-too-large');
      },
    });
    const { user } = show(<Composing />, client);
    const field = screen.getByRole<HTMLTextAreaElement>('textbox');
    await user.type(field, 'long{Enter}');
    await screen.findByText(/too long/);
    expect(field.value).toBe('long');
  });

  it('shows the draft, and keeps what is typed as one', async () => {
    const client = new FakeClient([], { read_draft: () => ({ answer: 'draft', text: 'So ' }) });
    const { user } = show(<Composing />, client);
    const field = screen.getByRole<HTMLTextAreaElement>('textbox');
    await waitFor(() => expect(field.value).toBe('So '));
    await user.type(field, 'far');
    await waitFor(() =>
      expect(client.commands).toContainEqual({ command: 'save_draft', conversation: 'c', text: 'So far' }),
    );
  });

  it('follows what another device types or sends, until one types here', async () => {
    let draft = 'So ';
    const list = () => {
      const rows = [row('Mara', { conversation: 'c', draft })];
      return { type: 'conversations', rows, unread: 0 } as const;
    };
    const client = new FakeClient([list()], { read_draft: () => ({ answer: 'draft', text: draft }) });
    const { user } = show(<Composing />, client);
    const field = screen.getByRole<HTMLTextAreaElement>('textbox');
    await waitFor(() => expect(field.value).toBe('So '));
    draft = 'So far';
    client.show(list());
    await waitFor(() => expect(field.value).toBe('So far'));
    await user.type(field, '!');
    draft = '';
    client.show(list());
    await waitFor(() => expect(client.commands).toContainEqual(expect.objectContaining({ text: 'So far!' })));
    expect(field.value).toBe('So far!');
  });
});

describe('the composer of a reply or an edit', () => {
  const items = [
    message('a', mara, 'Where?', NOON),
    message('b', ME, 'Here', NOON),
    message('c', ME, 'A poll', NOON, { may_edit: false }),
  ];

  it('edits the last own message by the up arrow, and Escape brings the draft back', async () => {
    const client = new FakeClient();
    const { user } = show(<Composing items={items} />, client);
    const field = screen.getByRole<HTMLTextAreaElement>('textbox');
    await user.click(field);
    await user.keyboard('{ArrowUp}');
    expect(field.value).toBe('Here');
    expect(screen.getByRole('group', { name: 'Edit message' })).toBeTruthy();
    await user.keyboard('{Escape}');
    expect(field.value).toBe('');
    await user.keyboard('{ArrowUp}');
    await user.type(field, ' now{Enter}');
    const command = { command: 'edit_text', conversation: 'c', key: 'b', text: 'Here now' };
    expect(client.commands).toContainEqual(command);
    await waitFor(() => expect(screen.queryByRole('group', { name: 'Edit message' })).toBeNull());
  });

  it('leaves the up arrow alone where something is written', async () => {
    const { user } = show(<Composing items={items} />, new FakeClient());
    await user.type(screen.getByRole('textbox'), 'x{ArrowUp}');
    expect(screen.queryByRole('group', { name: 'Edit message' })).toBeNull();
  });

  it('keeps an edit that was refused', async () => {
    const client = new FakeClient([], {
      edit_text: () => {
        throw failure('not-found');
      },
    });
    const { user } = show(<Composing items={items} />, client);
    const field = screen.getByRole<HTMLTextAreaElement>('textbox');
    await user.click(field);
    await user.keyboard('{ArrowUp} there{Enter}');
    expect(await screen.findByText('That is not there any more.')).toBeTruthy();
    expect(field.value).toBe('Here there');
  });
});

describe('mentions', () => {
  const people = [mara, person('Marek Novak')];

  function client() {
    return new FakeClient([], { complete_mention: () => ({ answer: 'people', people }) });
  }

  it('are completed by keyboard', async () => {
    const told = client();
    const { user } = show(<Composing group />, told);
    const field = screen.getByRole<HTMLTextAreaElement>('textbox');
    await user.type(field, 'Hi @mar');
    const list = await screen.findByRole('listbox', { name: 'People to mention' });
    expect(within(list).getByRole('option', { selected: true }).textContent).toContain('Mara Ortiz');
    await user.keyboard('{ArrowDown}');
    expect(field.getAttribute('aria-activedescendant')).toBe(
      within(list).getByRole('option', { selected: true }).id,
    );
    await user.keyboard('{Enter}');
    expect(field.value).toBe('Hi @marek.novak ');
    expect(told.commands).toContainEqual({ command: 'complete_mention', conversation: 'c', prefix: 'mar' });
    expect(sent(told)).toEqual([]);
  });

  it('are chosen by one Enter and sent by the next, however soon it follows', async () => {
    const told = client();
    const { user } = show(<Composing group />, told);
    const field = screen.getByRole<HTMLTextAreaElement>('textbox');
    await user.type(field, 'Hi @mar');
    await screen.findByRole('listbox', { name: 'People to mention' });
    // As a browser gives them: the first is drawn, and what is only put off has not come yet.
    async function enter() {
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    }
    await enter();
    expect(field.value).toBe('Hi @mara.ortiz ');
    await enter();
    await waitFor(() => expect(sent(told)).toEqual(['Hi @mara.ortiz']));
  });

  it('are dismissed by Escape, and not offered in a direct chat', async () => {
    const { user } = show(<Composing group />, client());
    await user.type(screen.getByRole('textbox'), '@m');
    await screen.findByRole('listbox');
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('listbox')).toBeNull();
  });

  it('are not offered in a direct chat or inside a word', async () => {
    const told = client();
    const { user } = show(<Composing />, told);
    await user.type(screen.getByRole('textbox'), '@m');
    expect(told.commands.some(({ command }) => command === 'complete_mention')).toBe(false);
  });
});

describe('what the composer tells', () => {
  it('that one types, and once that one no longer does', async () => {
    const client = new FakeClient();
    const { user } = show(<Composing />, client);
    await user.type(screen.getByRole('textbox'), 'a{Backspace}');
    const told = client.commands.flatMap((given) => (given.command === 'set_typing' ? given.typing : []));
    expect(told).toEqual([true, false]);
  });

  it('that a message is too long, before it is sent', async () => {
    const client = new FakeClient();
    show(<Composing />, client);
    const field = screen.getByRole('textbox');
    fireEvent.change(field, { target: { value: 'é'.repeat(32 * 1024) } });
    expect(screen.getByText('0 KiB of 64 KiB left.')).toBeTruthy();
    fireEvent.change(field, { target: { value: 'é'.repeat(33 * 1024) } });
    expect(screen.getByText(/at most 64 KiB. Take out 2 KiB/)).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Send' }).disabled).toBe(true);
  });

  it('puts an emoji where the caret is', async () => {
    const { user } = show(<Composing />, new FakeClient());
    const field = screen.getByRole<HTMLTextAreaElement>('textbox');
    await user.type(field, 'ab');
    field.setSelectionRange(1, 1);
    await user.click(screen.getByRole('button', { name: 'Emoji' }));
    await user.type(screen.getByLabelText('Search emoji'), 'rocket');
    await user.click(await screen.findByRole('button', { name: 'rocket' }));
    expect(field.value).toBe('a🚀b');
    expect(screen.queryByRole('dialog', { name: 'Emoji' })).toBeNull();
  });
});
