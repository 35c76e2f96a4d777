import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { FakeClient, person } from '../../testing/fake-client';
import { details } from '../../testing/samples';
import { show } from '../../testing/show';
import { DetailsDialog } from '../details/DetailsDialog';
import { NewGroupDialog } from './NewGroupDialog';

const mara = person('Mara Ortiz');
const tom = person('Tom Li');
const closed = () => {};

describe('making a group', () => {
  it('takes people as chips, then a name', async () => {
    const client = new FakeClient([], {
      search_people: () => ({ answer: 'people', people: [mara, tom] }),
      create_group: () => ({ answer: 'conversation', conversation: 'lake' }),
    });
    const { user, path } = show(<NewGroupDialog onClose={closed} />, client);
    await user.type(screen.getByLabelText('Search people'), 'm');
    await user.click(await screen.findByRole('button', { name: /Mara Ortiz/ }));
    await user.type(screen.getByLabelText('Search people'), 't');
    await user.click(await screen.findByRole('button', { name: /Tom Li/ }));
    await user.click(screen.getByRole('button', { name: 'Remove Mara Ortiz' }));
    await user.click(screen.getByRole('button', { name: 'Next' }));
    await user.type(screen.getByLabelText('Group name'), 'Lake house');
    await user.click(screen.getByRole('button', { name: 'Create group' }));
    expect(client.commands.at(-1)).toEqual({
      command: 'create_group',
      name: 'Lake house',
      members: [tom.account],
    });
    expect(path()).toBe('/c/lake');
  });
});

describe('the details of a group', () => {
  const group = (mayAdd: boolean) =>
    new FakeClient([details({ may_add: mayAdd })], {
      search_people: () => ({ answer: 'people', people: [mara, tom] }),
    });

  it('tell who is in it and how it is protected', async () => {
    show(<DetailsDialog conversation="lake" onClose={closed} />, group(false));
    expect(await screen.findByText('2 members')).toBeTruthy();
    expect(screen.getByText('Admin')).toBeTruthy();
    expect(screen.getByText(/post-quantum/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Add people' })).toBeNull();
  });

  it('let an admin add people who are not in it', async () => {
    const client = group(true);
    const { user } = show(<DetailsDialog conversation="lake" onClose={closed} />, client);
    await user.click(await screen.findByRole('button', { name: 'Add people' }));
    await user.type(screen.getByLabelText('Search people'), 't');
    await user.click(await screen.findByRole('button', { name: /Tom Li/ }));
    expect(screen.queryByRole('button', { name: /Mara Ortiz/ })).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Add 1 person' }));
    expect(client.commands.at(-1)).toEqual({
      command: 'add_members',
      conversation: 'lake',
      members: [tom.account],
    });
  });
});
