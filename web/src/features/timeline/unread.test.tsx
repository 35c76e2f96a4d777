import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SnapshotStore, StoreContext } from '../../sdk/store';
import type { Timeline } from '../../sdk/types';
import { FakeClient, message, person } from '../../testing/fake-client';
import { useMarkRead, useUnreadLine } from './unread';
import { usePageSeen } from './visible';

const mara = person('Mara Ortiz');
const items = Array.from({ length: 9 }, (_, index) => message(`${index}`, mara, `${index}`, index));

function timeline(unread: string | null): Timeline {
  const more = { has_older: false, restoring: false, has_newer: false, first_unread: unread, last_seq: 9 };
  return { conversation: 'c', items, ...more };
}

afterEach(() => vi.restoreAllMocks());

describe('the line of the first unread message', () => {
  it('stays where it is while more is read, and comes anew when something comes unseen', () => {
    const { result, rerender } = renderHook(({ unread, seen }) => useUnreadLine(timeline(unread), seen), {
      initialProps: { unread: '2' as string | null, seen: false },
    });
    expect(result.current).toBe('2');
    rerender({ unread: '5', seen: false });
    expect(result.current).toBe('2');
    rerender({ unread: null, seen: true });
    expect(result.current).toBe('2');
    rerender({ unread: '8', seen: false });
    expect(result.current).toBe('8');
  });
});

describe('marking as read', () => {
  function marking(initialProps: { seen: boolean; atEnd: boolean }) {
    const client = new FakeClient();
    const store = new SnapshotStore(client);
    const wrapper = ({ children }: { children: ReactNode }) => (
      <StoreContext value={store}>{children}</StoreContext>
    );
    const shown = renderHook(({ seen, atEnd }) => useMarkRead(timeline('1'), seen, atEnd), {
      initialProps,
      wrapper,
    });
    const marked = () =>
      client.commands.flatMap((command) => (command.command === 'mark_read' ? [command.seq] : []));
    return { ...shown, marked };
  }

  it('goes as far as the lowest message that was in view', async () => {
    const { result, marked } = marking({ seen: true, atEnd: false });
    for (const item of [items[2], items[6], items[3]]) result.current(item);
    await waitFor(() => expect(marked()).toEqual([6]));
  });

  it('takes everything at the end', () => {
    expect(marking({ seen: true, atEnd: true }).marked()).toEqual([9]);
  });

  it('waits until someone is at the window', () => {
    const { result, rerender, marked } = marking({ seen: false, atEnd: true });
    result.current(items[6]);
    expect(marked()).toEqual([]);
    rerender({ seen: true, atEnd: true });
    expect(marked()).toEqual([9]);
  });
});

it('is not seen in a window that is visible while another is used', () => {
  const focus = vi.spyOn(document, 'hasFocus').mockReturnValue(true);
  const { result } = renderHook(usePageSeen);
  expect(result.current).toBe(true);
  focus.mockReturnValue(false);
  act(() => void window.dispatchEvent(new Event('blur')));
  expect(result.current).toBe(false);
  focus.mockReturnValue(true);
  act(() => void window.dispatchEvent(new Event('focus')));
  expect(result.current).toBe(true);
});
