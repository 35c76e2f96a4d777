import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { failure } from '../../sdk/client';
import type { Attachment } from '../../sdk/types';
import { FakeClient, message, person } from '../../testing/fake-client';
import { InConversation } from '../../testing/in-conversation';
import { show } from '../../testing/show';
import { Composer } from '../composer/Composer';
import { Attachments } from './Attachments';
import { forgetTrays } from './tray';
import { textOrMedia } from './words';

afterEach(forgetTrays);

const mara = person('Mara Ortiz');
const NOTES = new File(['notes'], 'notes.txt', { type: 'text/plain' });

function compose(client: FakeClient) {
  return show(
    <InConversation>
      <Composer />
    </InConversation>,
    client,
  );
}

function paste(...files: File[]) {
  fireEvent.paste(screen.getByRole('textbox'), { clipboardData: { files } });
}

function sent(client: FakeClient) {
  return client.commands.flatMap((command) => (command.command === 'send_files' ? [command] : []));
}

describe('what is chosen to be sent', () => {
  it('goes with its caption as one message, under the ids that it was staged by', async () => {
    const client = new FakeClient();
    const { user } = compose(client);
    paste(NOTES);
    await within(screen.getByRole('list', { name: 'To be sent' })).findByText('notes.txt');
    await waitFor(() => expect(client.files.size).toBe(1));
    await user.type(screen.getByRole('textbox'), 'Read this{Enter}');
    const [command] = sent(client);
    expect(command?.text).toBe('Read this');
    expect(command?.files.map(({ blob, kind, name }) => [blob, kind, name])).toEqual([
      [[...client.files.keys()][0], 'file', 'notes.txt'],
    ]);
    expect(screen.queryByRole('list', { name: 'To be sent' })).toBeNull();
  });

  it('is dropped when it is taken out', async () => {
    const client = new FakeClient();
    const { user } = compose(client);
    paste(NOTES);
    await waitFor(() => expect(client.files.size).toBe(1));
    await user.click(screen.getByRole('button', { name: 'Remove notes.txt' }));
    expect(client.commands).toContainEqual({ command: 'drop_files', blobs: [...client.files.keys()] });
    screen.getByRole('button', { name: 'Record a voice message' });
  });

  it('stays where this device has no room for it', async () => {
    const client = new FakeClient();
    client.media.stage = async () => {
      throw failure('no-room');
    };
    compose(client);
    paste(NOTES);
    expect((await screen.findByRole('alert')).textContent).toMatch(/notes\.txt: This device has no room/);
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Send' }).disabled).toBe(true);
  });
});

function attachment(more: Partial<Attachment>): Attachment {
  return {
    blob: 'blob',
    kind: 'file',
    name: 'notes.txt',
    content_type: 'application/octet-stream',
    size: 1_500_000,
    width: null,
    height: null,
    thumbhash: null,
    duration: null,
    waveform: [],
    description: '',
    state: { state: 'remote' },
    ...more,
  };
}

describe('attachments of a message', () => {
  function showAll(...attachments: Attachment[]) {
    const item = message('a', mara, '', 1, { attachments });
    show(<Attachments item={item} own={false} />, new FakeClient());
  }

  it('say what they are, how far they are, and whether they are there', () => {
    showAll(
      attachment({}),
      attachment({
        blob: 'b',
        kind: 'image',
        description: 'A lake',
        state: { state: 'sending', done: 750_000 },
      }),
      attachment({ blob: 'c', kind: 'voice', state: { state: 'gone' } }),
    );
    screen.getByRole('button', { name: 'Download notes.txt, 1.5 MB' });
    screen.getByRole('button', { name: /A lake/ });
    screen.getByRole('img', { name: 'Sending, 50%' });
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Play' }).disabled).toBe(true);
    screen.getByText('No longer available');
  });

  it('are counted where there are more than four', () => {
    showAll(...[1, 2, 3, 4, 5, 6].map((number) => attachment({ blob: `${number}`, kind: 'image' })));
    expect(screen.getAllByRole('button')).toHaveLength(4);
    screen.getByText('+2');
  });

  it('have a word where they cannot be shown', () => {
    expect(textOrMedia('', 'voice', (id) => id)).toBe('media.voice');
    expect(textOrMedia('Hello', 'voice', (id) => id)).toBe('Hello');
    expect(textOrMedia('', null, (id) => id)).toBe('');
  });
});
