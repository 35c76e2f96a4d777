import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { chooseLocale } from '../../i18n';
import { FakeClient, row } from '../../testing/fake-client';
import { show } from '../../testing/show';
import { Sidebar } from './Sidebar';

const MANY = Array.from({ length: 500 }, (_, index) => row(`Chat ${index}`));

async function open(rows = MANY) {
  const client = new FakeClient([
    { type: 'conversations', rows, unread: 0 },
    { type: 'connection', state: 'online' },
  ]);
  const shown = show(<Sidebar current={undefined} remindOfCode={false} />, client);
  const list = await screen.findByRole('navigation');
  await waitFor(() => expect(stops(list)).toHaveLength(1));
  return { ...shown, list };
}

/** The controls of the list that Tab stops at. */
function stops(list: HTMLElement) {
  return [...list.querySelectorAll<HTMLElement>('a, button')].filter((control) => control.tabIndex === 0);
}

function focused() {
  return document.activeElement?.getAttribute('data-conversation');
}

describe('a long list by keyboard', () => {
  it('is one tab stop, which follows the focus', async () => {
    const { list, user } = await open();
    expect(stops(list)).toHaveLength(1);
    stops(list)[0]?.focus();
    await user.keyboard('{ArrowDown}');
    expect(focused()).toBe('conversation-chat-1');
    expect(stops(list)).toEqual([document.activeElement]);
  });

  it('goes to its ends and by pages, to rows that were not drawn yet', async () => {
    const { list, user } = await open();
    stops(list)[0]?.focus();
    await user.keyboard('{End}');
    expect(focused()).toBe('conversation-chat-499');
    await user.keyboard('{PageUp}');
    expect(focused()).toBe('conversation-chat-498');
    await user.keyboard('{Home}');
    expect(focused()).toBe('conversation-chat-0');
    await user.keyboard('{ArrowUp}');
    expect(document.activeElement).toBe(screen.getByLabelText('Search chats and people'));
  });

  it('has the menu of a row beside it, on the other side where one writes from the right', async () => {
    const { list, user } = await open(MANY.slice(0, 3));
    stops(list)[0]?.focus();
    await user.keyboard('{ArrowRight}');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('More about Chat 0');
    await user.keyboard('{ArrowLeft}');
    expect(focused()).toBe('conversation-chat-0');
    chooseLocale('ar');
    await user.keyboard('{ArrowLeft}');
    expect(document.activeElement?.tagName).toBe('BUTTON');
  });
});
