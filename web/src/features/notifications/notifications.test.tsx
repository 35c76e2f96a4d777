import { act } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConversationRow, Notifications } from '../../sdk/types';
import { FakeClient, row } from '../../testing/fake-client';
import { settings } from '../../testing/samples';
import { show } from '../../testing/show';
import { news } from './news';
import { useNotifications, wordsOf } from './useNotifications';

const LAST = { sender: 'Mara', text: 'The key', delivery: null, media: null };
const lake = row('Lake house', { kind: 'group', unread: 1, last: LAST });

class FakeNotification {
  static permission = 'granted';
  static shown: FakeNotification[] = [];
  onclick: (() => void) | undefined;
  closed = false;
  constructor(
    readonly title: string,
    readonly options: NotificationOptions,
  ) {
    FakeNotification.shown.push(this);
  }
  close() {
    this.closed = true;
  }
}

/** Locks of a browser whose only tab this is; what another tab looks at can be named. */
function locks(looked: string[] = []) {
  return {
    request: async (_: string, __: unknown, held: () => Promise<void>) => held(),
    query: async () => ({ held: looked.map((name) => ({ name: `sealpost-looks-at-${name}` })) }),
  };
}

beforeEach(() => {
  FakeNotification.shown = [];
  vi.stubGlobal('Notification', FakeNotification);
});
afterEach(() => {
  vi.unstubAllGlobals();
  Reflect.deleteProperty(navigator, 'locks');
});

describe('what is worth a notification', () => {
  it.each<[string, Partial<ConversationRow>, number]>([
    ['a new message', {}, 1],
    ['a muted chat', { muted_until: Number.MAX_SAFE_INTEGER }, 0],
    ['a request', { request: true }, 0],
    ['a blocked person', { blocked: true }, 0],
    ['nothing new', { unread: 0 }, 0],
    ['an own message', { last: { ...LAST, delivery: 'sent', media: null } }, 0],
  ])('%s', (_, more, expected) => {
    expect(news([{ ...lake, unread: 0 }], [{ ...lake, ...more }])).toHaveLength(expected);
  });

  it('says as much as the person wants', () => {
    expect(wordsOf(lake, 'full')).toEqual(['Lake house', 'Mara: The key']);
    expect(wordsOf(lake, 'discreet')).toEqual(['Sealpost', 'New message']);
  });
});

function Notifying() {
  useNotifications(undefined);
  return null;
}

describe('notifications', () => {
  async function receive(level: Notifications, looked: string[] = []) {
    Object.defineProperty(navigator, 'locks', { value: locks(looked), configurable: true });
    const client = new FakeClient([
      settings({ notifications: level }),
      { type: 'conversations', rows: [{ ...lake, unread: 0 }], unread: 0 },
    ]);
    const shown = show(<Notifying />, client);
    await act(async () => new Promise((resolve) => setTimeout(resolve, 30)));
    await act(async () => {
      client.show({ type: 'conversations', rows: [lake], unread: 1 });
      await new Promise((resolve) => setTimeout(resolve, 60));
    });
    return { client, ...shown };
  }

  it('appear for a new message, lead to it, and go when it was read', async () => {
    const { client, path } = await receive('full');
    expect(FakeNotification.shown.map(({ title }) => title)).toEqual(['Lake house']);
    FakeNotification.shown[0]?.onclick?.();
    expect(path()).toBe('/c/conversation-lake-house');
    await act(async () => {
      client.show({ type: 'conversations', rows: [{ ...lake, unread: 0 }], unread: 0 });
      await new Promise((resolve) => setTimeout(resolve, 60));
    });
    expect(FakeNotification.shown[0]?.closed).toBe(true);
  });

  it('do not appear when they are off, or when another tab shows the chat', async () => {
    await receive('off');
    await receive('full', ['conversation-lake-house']);
    expect(FakeNotification.shown).toEqual([]);
  });
});
