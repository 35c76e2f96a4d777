import { screen, within } from '@testing-library/react';
import type { ComponentProps } from 'react';
import { describe, expect, it, vi } from 'vitest';
import type { Details, DetailsMember } from '../../sdk/types';
import { FakeClient, ME, message, person, row } from '../../testing/fake-client';
import { details } from '../../testing/samples';
import { show } from '../../testing/show';
import { DetailsDialog } from './DetailsDialog';

vi.mock('../picture/crop', async (original) => ({
  ...(await original<typeof import('../picture/crop')>()),
  readPicture: async () => ({ width: 400, height: 300 }),
  draw: () => {},
  cut: async () => ({ data: 'cGljdHVyZQ', preview: 'data:image/webp;base64,cGljdHVyZQ==' }),
}));

const mara = person('Mara Ortiz');
const ADMIN = { admin: true, may_add: true, may_edit: true };

function open(
  more: Partial<Details>,
  answers = {},
  about: Partial<ComponentProps<typeof DetailsDialog>> = {},
) {
  const shown = details(more);
  const client = new FakeClient(
    [
      shown,
      {
        type: 'conversations',
        rows: [row(shown.name, { conversation: 'lake', kind: shown.kind })],
        unread: 0,
      },
      {
        type: 'timeline',
        conversation: 'lake',
        items: [message('k1', mara, 'Buy now!', 0), message('k2', ME, 'No.', 1)],
        has_older: false,
        restoring: false,
        has_newer: false,
        first_unread: null,
        last_seq: 2,
      },
    ],
    answers,
  );
  const onClose = vi.fn();
  const dialog = <DetailsDialog conversation="lake" onClose={onClose} {...about} />;
  return { client, onClose, ...show(dialog, client) };
}

const DIRECT: Partial<Details> = {
  kind: 'direct',
  name: 'Mara Ortiz',
  may_edit: true,
  members: [
    { person: mara, admin: false, me: false, verified: false, successor: null, waiting: null },
    { person: ME, admin: false, me: true, verified: false, successor: null, waiting: null },
  ],
};

describe('the details of a group', () => {
  it('let an admin change name, description and picture', async () => {
    const { client, user } = open({ ...ADMIN, description: 'Old' });
    await user.click(await screen.findByRole('button', { name: 'Edit' }));
    await user.clear(screen.getByLabelText('Group name'));
    await user.type(screen.getByLabelText('Group name'), 'Lake, August');
    await user.upload(screen.getByLabelText('Picture file'), new File(['x'], 'x.png', { type: 'image/png' }));
    await user.click(await screen.findByRole('button', { name: 'Use picture' }));
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(client.commands.at(-1)).toEqual({
      command: 'change_group',
      conversation: 'lake',
      name: 'Lake, August',
      description: null,
      picture: { picture: 'set', data: 'cGljdHVyZQ' },
    });
    expect(document.activeElement?.textContent).toBe('Edit');
  });

  it('let an admin make admins and remove people', async () => {
    const { client, user } = open({
      ...ADMIN,
      members: [
        { person: mara, admin: false, me: false, verified: false, successor: null, waiting: null },
        { person: ME, admin: true, me: true, verified: false, successor: null, waiting: null },
      ],
    });
    await user.click(await screen.findByRole('button', { name: /Mara Ortiz/ }));
    await user.click(screen.getByRole('menuitem', { name: 'Make admin' }));
    expect(client.commands.at(-1)).toMatchObject({
      command: 'set_admin',
      account: mara.account,
      admin: true,
    });
    await user.click(screen.getByRole('button', { name: /Mara Ortiz/ }));
    await user.click(screen.getByRole('menuitem', { name: 'Remove from group' }));
    await user.click(screen.getByRole('button', { name: 'Remove' }));
    expect(client.commands.at(-1)).toEqual({
      command: 'remove_members',
      conversation: 'lake',
      members: [mara.account],
    });
  });

  it('show others only what they may do', async () => {
    const { user } = open({});
    await user.click(await screen.findByRole('button', { name: /Mara Ortiz/ }));
    expect(screen.getAllByRole('menuitem').map((item) => item.textContent)).toEqual([
      'Message',
      'Safety number',
    ]);
    expect(screen.queryByRole('button', { name: 'Edit' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Permissions' })).toBeNull();
    expect(screen.queryByRole('button', { name: /Disappearing messages/ })).toBeNull();
    expect(screen.getByText('Disappearing messages')).toBeTruthy();
  });

  it('set permissions and the timer', async () => {
    const { client, user } = open({ ...ADMIN, timer: 3600 });
    await user.click(await screen.findByRole('button', { name: 'Permissions' }));
    const posting = screen.getByRole('group', { name: 'Write messages' });
    await user.click(within(posting).getByRole('radio', { name: 'Only admins' }));
    expect(client.commands.at(-1)).toMatchObject({
      command: 'set_policy',
      policy: { add: 'members', edit: 'members', post: 'admins' },
    });
    await user.click(screen.getByRole('button', { name: 'Back' }));
    expect(document.activeElement?.textContent).toBe('Permissions');
    await user.click(
      screen.getByRole('button', { name: /Disappearing messages 1 hour|Disappearing messages1 hour/ }),
    );
    await user.click(screen.getByRole('radio', { name: '4 weeks' }));
    expect(client.commands.at(-1)).toEqual({
      command: 'set_timer',
      conversation: 'lake',
      seconds: 2_419_200,
    });
    await user.click(screen.getByRole('radio', { name: 'Off' }));
    expect(client.commands.at(-1)).toMatchObject({ seconds: null });
  });

  it('make, show, copy and end invite links', async () => {
    const link = { link: 'l1', fragment: 'secret', expires: null, uses_left: 3, uses: 1, approval: true };
    const { client, user } = open(
      { ...ADMIN, links: [link] },
      { create_link: () => ({ answer: 'link', fragment: 'other' }) },
    );
    await user.click(await screen.findByRole('button', { name: /Invite links/ }));
    const address = screen.getByLabelText<HTMLInputElement>('Invite link');
    expect(address.value).toBe(`${location.origin}/join#secret`);
    await user.click(screen.getByRole('button', { name: 'Copy link' }));
    expect(await navigator.clipboard.readText()).toBe(address.value);
    await user.click(screen.getByRole('button', { name: 'Show QR code' }));
    expect(screen.getByRole('img', { name: 'QR code of the invite link' })).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'New link' }));
    await user.selectOptions(screen.getByLabelText('Good for'), '1 day');
    await user.selectOptions(screen.getByLabelText('For how many'), '10 people');
    await user.click(screen.getByRole('switch', { name: 'Approve each person' }));
    await user.click(screen.getByRole('button', { name: 'Create link' }));
    expect(client.commands.at(-1)).toEqual({
      command: 'create_link',
      conversation: 'lake',
      seconds: 86_400,
      uses: 10,
      approval: true,
    });
    await user.click(screen.getByRole('button', { name: 'End link' }));
    const sure = screen.getByRole('alertdialog', { name: 'End this link?' });
    await user.click(within(sure).getByRole('button', { name: 'End link' }));
    expect(client.commands.at(-1)).toEqual({ command: 'revoke_link', conversation: 'lake', link: 'l1' });
  });

  it('let an admin answer who asked to join', async () => {
    const request = { request: 'r1', person: person('Deniz Kaya'), time: 0 };
    const { client, user } = open({ ...ADMIN, join_requests: [request] });
    await user.click(await screen.findByRole('button', { name: 'Approve Deniz Kaya' }));
    expect(client.commands.at(-1)).toEqual({
      command: 'answer_join_request',
      conversation: 'lake',
      request: 'r1',
      accept: true,
    });
    await user.click(screen.getByRole('button', { name: 'Decline Deniz Kaya' }));
    expect(client.commands.at(-1)).toMatchObject({ accept: false });
  });
});

/** A direct chat whose safety number can be read. */
function openToCompare(more: Partial<Details> = {}) {
  const number = '01234'.repeat(12);
  const answers = { read_safety_number: () => ({ answer: 'safety_number' as const, number }) };
  return { number, ...open({ ...DIRECT, ...more }, answers) };
}

describe('the details of a direct chat', () => {
  it('show the safety number, and keep that it was compared', async () => {
    const { client, user, number } = openToCompare();
    await user.click(await screen.findByRole('button', { name: 'Compare safety number' }));
    const shown = await screen.findByRole('img', { name: /^Safety number: (01234 ?){12}$/ });
    expect(shown.textContent).toBe(number);
    await user.click(screen.getByRole('button', { name: 'Copy' }));
    expect(await navigator.clipboard.readText()).toBe(Array(12).fill('01234').join(' '));
    await user.click(screen.getByRole('button', { name: 'They are the same' }));
    expect(client.commands.at(-1)).toEqual({
      command: 'set_verified',
      account: mara.account,
      number,
      verified: true,
    });
    const [other, me] = DIRECT.members as DetailsMember[];
    client.show(details({ ...DIRECT, members: [{ ...other, verified: true }, me] as DetailsMember[] }));
    expect(await screen.findByText('You compared this with Mara Ortiz.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Not verified any more' }));
    expect(client.commands.at(-1)).toMatchObject({ command: 'set_verified', verified: false });
    await user.click(screen.getByRole('button', { name: 'Back' }));
    expect(document.activeElement?.textContent).toBe('Verified · Safety number');
  });

  it('show the safety number with who is only now coming, until they go', async () => {
    const [other, me] = DIRECT.members as DetailsMember[];
    const answers = {
      read_safety_number: () => ({ answer: 'safety_number' as const, number: '0'.repeat(60) }),
    };
    const { client } = open({ members: [me] as DetailsMember[] }, answers, {
      view: 'safety',
      account: mara.account,
    });
    client.show(details({ members: [other, me] as DetailsMember[] }));
    expect(await screen.findByRole('img', { name: /^Safety number: / })).toBeTruthy();
    client.show(details({ members: [me] as DetailsMember[] }));
    expect(await screen.findByRole('heading', { name: 'Details' })).toBeTruthy();
  });

  it('add a contact, block and unblock', async () => {
    const { client, user } = open(DIRECT);
    await user.click(await screen.findByRole('button', { name: 'Add contact' }));
    expect(client.commands.at(-1)).toMatchObject({ command: 'set_contact', contact: true });
    await user.click(screen.getByRole('button', { name: 'Block Mara Ortiz' }));
    await user.click(screen.getByRole('button', { name: 'Block' }));
    expect(client.commands.at(-1)).toEqual({ command: 'block', account: mara.account, blocked: true });
    client.show(details({ ...DIRECT, blocked: true }));
    await user.click(await screen.findByRole('button', { name: 'Unblock Mara Ortiz' }));
    expect(client.commands.at(-1)).toMatchObject({ command: 'block', blocked: false });
  });

  it('report chosen messages with words', async () => {
    const { client, user } = open(DIRECT);
    await user.click(await screen.findByRole('button', { name: 'Report' }));
    const send = screen.getByRole<HTMLButtonElement>('button', { name: 'Send report' });
    expect(send.disabled).toBe(true);
    expect(await screen.findAllByRole('checkbox')).toHaveLength(1);
    await user.click(screen.getByRole('checkbox', { name: /Buy now!/ }));
    await user.type(screen.getByLabelText('What is wrong?'), 'Spam');
    await user.click(send);
    expect(client.commands.at(-1)).toEqual({
      command: 'report',
      conversation: 'lake',
      account: mara.account,
      keys: ['k1'],
      comment: 'Spam',
    });
    expect(await screen.findByText('Reported. Thank you.')).toBeTruthy();
  });

  it('lead to the search in it', async () => {
    const { user, path, onClose } = open(DIRECT);
    await user.click(await screen.findByRole('button', { name: 'Search' }));
    expect(path()).toBe('/search?in=lake');
    expect(onClose).toHaveBeenCalled();
  });
});
