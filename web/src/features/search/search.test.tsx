import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Hit } from '../../sdk/types';
import { FakeClient, person, row } from '../../testing/fake-client';
import { show } from '../../testing/show';
import { Palette } from './Palette';
import { SearchPage } from './SearchPage';

const mara = person('Mara Ortiz');

function hit(key: string, conversation: string, name: string, before: string, found: string): Hit {
  const snippet = [
    { text: before, found: false },
    { text: found, found: true },
  ];
  return { conversation, name, key, sender: mara, time: Date.UTC(2026, 10, 20), snippet };
}

const HITS = [
  hit('k1', 'lake', 'Lake house', 'under the third ', 'stone'),
  hit('k2', 'anika', 'Anika Berg', 'a heavy ', 'stone'),
  hit('k3', 'lake', 'Lake house', 'no ', 'stone'),
];

function client(hits = HITS) {
  return new FakeClient(
    [{ type: 'conversations', rows: [row('Lake house', { kind: 'group' }), row('Stone age')], unread: 0 }],
    {
      search: () => ({ answer: 'hits', hits, more: false }),
      search_people: () => ({ answer: 'people', people: [person('Stone Ali')] }),
      start_direct: () => ({ answer: 'conversation', conversation: 'with-ali' }),
    },
  );
}

describe('searching messages', () => {
  it('groups what was found by chat and leads there by keys', async () => {
    const fake = client();
    const { user, path } = show(<SearchPage />, fake, '/search');
    await user.type(screen.getByRole('combobox', { name: 'Search messages' }), 'stone');
    const lake = await screen.findByRole('group', { name: 'Lake house' });
    expect(within(lake).getAllByRole('option')).toHaveLength(2);
    expect(screen.getAllByText('stone')[0]?.tagName).toBe('MARK');
    const search = { command: 'search', query: 'stone', conversation: null };
    await expect.poll(() => fake.commands.at(-1)).toMatchObject(search);
    await user.keyboard('{ArrowDown}{ArrowDown}');
    const chosen = screen.getByRole('option', { selected: true });
    expect(chosen.textContent).toContain('a heavy stone');
    await user.keyboard('{ArrowUp}{Enter}');
    expect(path()).toBe('/c/lake?m=k3');
  });

  it('runs one search at a time, and of those that wait the newest alone', async () => {
    const fake = client();
    const asked: string[] = [];
    const release: (() => void)[] = [];
    vi.spyOn(fake, 'command').mockImplementation(async (command) => {
      if (command.command !== 'search') return { answer: 'done' };
      asked.push(command.query);
      await new Promise<void>((resolve) => release.push(resolve));
      return { answer: 'hits', hits: HITS, more: false };
    });
    const { user } = show(<SearchPage />, fake, '/search');
    await user.type(screen.getByRole('combobox', { name: 'Search messages' }), 'stone');
    expect(asked).toEqual(['s']);
    await act(async () => release[0]?.());
    await waitFor(() => expect(asked).toEqual(['s', 'stone']));
    expect(screen.getAllByRole('option').length).toBeGreaterThan(0);
    await act(async () => release[1]?.());
    expect(asked).toEqual(['s', 'stone']);
  });

  it('says when nothing was found', async () => {
    const { user } = show(<SearchPage />, client([]), '/search');
    await user.type(screen.getByLabelText('Search messages'), 'zzz');
    expect(await screen.findByText(/Nothing found for “zzz”/)).toBeTruthy();
  });

  it('offers operators, and puts one into the field', async () => {
    const { user } = show(<SearchPage />, client(), '/search');
    await user.click(screen.getByRole('button', { name: /from:mara/ }));
    expect(screen.getByLabelText<HTMLInputElement>('Search messages').value).toBe('from:');
  });
});

describe('the palette', () => {
  it('finds chats, people and messages, and opens what is chosen', async () => {
    const onClose = vi.fn();
    const { user, path } = show(<Palette onClose={onClose} />, client());
    expect(await screen.findByRole('group', { name: 'Recent chats' })).toBeTruthy();
    await user.type(screen.getByRole('combobox', { name: 'Find chats, people and messages' }), 'stone');
    await screen.findByRole('option', { name: /Stone Ali/ });
    await screen.findByRole('option', { name: /under the third stone/ });
    const chats = screen.getByRole('group', { name: 'Chats' });
    expect(within(chats).getAllByRole('option')).toHaveLength(1);
    await user.keyboard('{Enter}');
    expect(path()).toBe('/c/conversation-stone-age');
    expect(onClose).toHaveBeenCalled();
  });

  it('starts a chat with someone found, and leads to all messages', async () => {
    const { user, path } = show(<Palette onClose={() => {}} />, client());
    await user.type(screen.getByRole('combobox'), 'ali');
    await user.click(await screen.findByRole('option', { name: /Stone Ali/ }));
    await expect.poll(path).toBe('/c/with-ali');
    await user.click(screen.getByRole('option', { name: /Search all messages/ }));
    expect(path()).toBe('/search?q=ali');
  });

  it('keeps what was chosen when people come to stand above it', async () => {
    const fake = client();
    const plain = fake.command.bind(fake);
    let tell = () => {};
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    fake.command = async (command) => {
      if (command.command === 'search_people') await told;
      return plain(command);
    };
    const { user } = show(<Palette onClose={() => {}} />, fake);
    await user.type(screen.getByRole('combobox'), 'stone');
    await screen.findByRole('option', { name: /a heavy stone/ });
    await user.keyboard('{ArrowDown}{ArrowDown}');
    const chosen = () => screen.getByRole('option', { selected: true }).textContent;
    expect(chosen()).toContain('a heavy stone');
    tell();
    await screen.findByRole('option', { name: /Stone Ali/ });
    expect(chosen()).toContain('a heavy stone');
  });
});
