import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { failure } from '../../sdk/client';
import { FakeClient } from '../../testing/fake-client';
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
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Send' }).disabled).toBe(true);
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
});
