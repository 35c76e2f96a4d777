import { fireEvent, screen, waitFor } from '@testing-library/react';
import { useState } from 'react';
import { describe, expect, it } from 'vitest';
import { Sidebar } from '../features/conversation-list/Sidebar';
import { PeoplePicker } from '../features/new-group/PeoplePicker';
import { MessageRow } from '../features/timeline/MessageRow';
import { arrange } from '../features/timeline/rows';
import type { ConversationRow, Person } from '../sdk/types';
import { FakeClient, ME, message, person, row } from '../testing/fake-client';
import { InConversation } from '../testing/in-conversation';
import { show } from '../testing/show';
import { Dialog } from './Dialog';

const ROWS = [row('Anika'), row('Ben'), row('Cleo'), row('Old', { archived: true })];

/** A list of which chats go as they are archived and deleted. */
function list(rows: ConversationRow[] = ROWS) {
  const shown = (left: ConversationRow[]) => ({ type: 'conversations', rows: left, unread: 0 }) as const;
  const client: FakeClient = new FakeClient([shown(rows), { type: 'connection', state: 'online' }], {
    arrange_conversation: ({ conversation }) => {
      client.show(
        shown(rows.map((one) => (one.conversation === conversation ? { ...one, archived: true } : one))),
      );
      return { answer: 'done' };
    },
    delete_conversation: ({ conversation }) => {
      client.show(shown(rows.filter((one) => one.conversation !== conversation)));
      return { answer: 'done' };
    },
  });
  return show(<Sidebar current={undefined} remindOfCode={false} />, client);
}

async function menuOf(name: string) {
  const link = await screen.findByRole('link', { name: new RegExp(name) });
  link.focus();
  fireEvent.contextMenu(link);
}

function focusedText() {
  return document.activeElement?.textContent ?? '';
}

const failed = message('own', ME, 'Leaving at six', 0, { delivery: 'failed' });
const sent = message('own', ME, 'Leaving at six', 0);

function Sending() {
  const [item, setItem] = useState(failed);
  const [drawn] = arrange([item], undefined);
  return (
    <InConversation items={[item]}>
      {drawn && <MessageRow row={drawn} />}
      <button type="button" onClick={() => setItem(sent)}>
        Goes out
      </button>
    </InConversation>
  );
}

function Picking() {
  const [chosen, setChosen] = useState<Person[]>([person('Ada'), person('Bo')]);
  return <PeoplePicker chosen={chosen} onChange={setChosen} />;
}

function Asking() {
  const [asked, setAsked] = useState(true);
  return (
    <section>
      <h2>Requests</h2>
      {asked && (
        <button type="button" onClick={() => setAsked(false)}>
          Accept
        </button>
      )}
    </section>
  );
}

/** What is answered in a dialog takes with it what the dialog was opened by. */
function Answering() {
  const [asked, setAsked] = useState(true);
  const [open, setOpen] = useState(false);
  return (
    <section>
      <h2>Chat</h2>
      {asked && (
        <button type="button" onClick={() => setOpen(true)}>
          View
        </button>
      )}
      {open && (
        <Dialog title="Details" onClose={() => setOpen(false)}>
          {asked && (
            <button type="button" onClick={() => setAsked(false)}>
              Approve
            </button>
          )}
        </Dialog>
      )}
    </section>
  );
}

describe('the focus', () => {
  it('goes to the next chat when one is archived', async () => {
    const { user } = list();
    await menuOf('Ben');
    await user.click(screen.getByRole('menuitem', { name: 'Archive' }));
    await waitFor(() => expect(screen.queryByRole('link', { name: /Ben/ })).toBeNull());
    expect(focusedText()).toContain('Cleo');
  });

  it('goes to the chat before when the last one is deleted', async () => {
    const { user } = list();
    await menuOf('Cleo');
    await user.click(screen.getByRole('menuitem', { name: 'Delete chat' }));
    await user.click(screen.getByRole('button', { name: 'Delete' }));
    await waitFor(() => expect(screen.queryByRole('link', { name: /Cleo/ })).toBeNull());
    expect(focusedText()).toContain('Ben');
  });

  it('stays with what is moved in the page', async () => {
    show(<p />, new FakeClient());
    const [one, two] = [document.createElement('button'), document.createElement('button')];
    document.body.append(one, two);
    two.focus();
    two.remove();
    document.body.prepend(two);
    await waitFor(() => expect(document.activeElement).toBe(two));
    one.remove();
    two.remove();
  });

  it('stays in the list on the way back to all chats', async () => {
    const { user } = list();
    await user.click(await screen.findByRole('button', { name: /Archived/ }));
    screen.getByRole('button', { name: 'Back to all chats' }).focus();
    await user.keyboard('{Enter}');
    expect(focusedText()).toContain('Archived');
  });

  it('goes to the message when what could be done about its failure is gone', async () => {
    show(<Sending />, new FakeClient());
    screen.getByRole('button', { name: 'Retry' }).focus();
    fireEvent.click(screen.getByRole('button', { name: 'Goes out' }));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('article')));
  });

  it('walks over chosen people as they are taken out, then to the field', async () => {
    const { user } = show(<Picking />, new FakeClient());
    screen.getByRole('button', { name: 'Remove Ada' }).focus();
    await user.keyboard('{Enter}');
    await waitFor(() =>
      expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Remove Bo' })),
    );
    await user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText('Search people')));
  });

  it('goes to the heading where nothing else is left, and nowhere after a press beside it', async () => {
    const { user } = show(<Asking />, new FakeClient());
    screen.getByRole('button').focus();
    await user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('heading')));
    await user.click(document.body);
    expect(document.activeElement).toBe(document.body);
  });

  it('comes out of a dialog to what is near, when what opened it went while it was open', async () => {
    const { user } = show(<Answering />, new FakeClient());
    screen.getByRole('button', { name: 'View' }).focus();
    await user.keyboard('{Enter}');
    screen.getByRole('button', { name: 'Approve' }).focus();
    await user.keyboard('{Enter}');
    await waitFor(() => expect(screen.getByRole('dialog').contains(document.activeElement)).toBe(true));
    screen.getByRole('button', { name: 'Close' }).focus();
    await user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Chat' })));
  });
});
