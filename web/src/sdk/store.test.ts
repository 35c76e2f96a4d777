import { describe, expect, it } from 'vitest';
import { FakeClient, message, person, row } from '../testing/fake-client';
import { share } from './share';
import { SnapshotStore } from './store';
import type { Snapshot, SnapshotKey } from './types';

/** A client that counts what is read of it. */
class Counted extends FakeClient {
  readonly reads: string[] = [];

  override async snapshot(key: SnapshotKey): Promise<Snapshot> {
    this.reads.push('id' in key ? key.id : 'conversation' in key ? key.conversation : key.type);
    if (key.type === 'picture') return { type: 'picture', id: key.id, data: 'data:,' };
    return super.snapshot(key);
  }

  count(what: string): number {
    return this.reads.filter((read) => read === what).length;
  }
}

const idle = () => new Promise((resolve) => setTimeout(resolve));

async function showOnce(store: SnapshotStore, key: SnapshotKey): Promise<void> {
  const leave = store.subscribe(JSON.stringify(key), key, () => {});
  await idle();
  leave();
}

const picture = (id: string): SnapshotKey => ({ type: 'picture', id });
const timeline = (conversation: string): SnapshotKey => ({
  type: 'timeline',
  conversation,
  limit: 9,
  around: null,
});

describe('the store of snapshots', () => {
  it('reads a picture once, and again only after it changed', async () => {
    const client = new Counted();
    const store = new SnapshotStore(client);
    await showOnce(store, picture('mara'));
    await showOnce(store, picture('mara'));
    expect(client.count('mara')).toBe(1);
    client.show();
    await showOnce(store, picture('mara'));
    expect(client.count('mara')).toBe(2);
  });

  it('keeps what was shown last, whatever pictures are drawn', async () => {
    const client = new Counted();
    const store = new SnapshotStore(client);
    await showOnce(store, timeline('kept'));
    for (let index = 0; index < 250; index++) await showOnce(store, picture(`${index}`));
    for (let index = 0; index < 30; index++) await showOnce(store, timeline(`c${index}`));
    await showOnce(store, timeline('kept'));
    for (let index = 30; index < 69; index++) await showOnce(store, timeline(`c${index}`));
    const known = (key: SnapshotKey) => store.read(JSON.stringify(key)) !== undefined;
    expect(known(timeline('kept'))).toBe(true);
    expect(known(timeline('c0'))).toBe(false);
    expect([known(picture('0')), known(picture('249'))]).toEqual([false, true]);
  });

  it('keeps rows that did not change', async () => {
    const list = (typing: string[]): Snapshot => ({
      type: 'conversations',
      rows: [row('Lake house', { typing }), row('Anika Berg')],
      unread: 0,
    });
    const client = new FakeClient([list([])]);
    const store = new SnapshotStore(client);
    const key: SnapshotKey = { type: 'conversations' };
    const rows = () => {
      const value = store.read('list');
      return value?.type === 'conversations' ? value.rows : [];
    };
    store.subscribe('list', key, () => {});
    await idle();
    const before = rows();
    client.show(list([]));
    await idle();
    expect(rows()).toBe(before);
    client.show(list(['Mara']));
    await expect.poll(() => rows()[0]?.typing).toEqual(['Mara']);
    expect(rows()[0]).not.toBe(before[0]);
    expect(rows()[1]).toBe(before[1]);
  });
});

describe('sharing what is equal', () => {
  const mara = person('Mara');
  it('finds elements by what they are, wherever they stand', () => {
    const before = [message('a', mara, 'one', 1), message('b', mara, 'two', 2)];
    const now = [message('z', mara, 'zero', 0), message('a', mara, 'one', 1), message('b', mara, 'new', 2)];
    const shared = share(before, now);
    expect(shared).toEqual(now);
    expect(shared[1]).toBe(before[0]);
    expect(shared[2]).not.toBe(before[1]);
    expect(shared[2]?.content.sender).toBe(before[1]?.content.sender);
  });

  it.each<[unknown, unknown]>([
    [null, { a: 1 }],
    [{ a: undefined }, { b: undefined }],
    [[1, 2], [1]],
    [[], {}],
    [{ a: { b: [1] } }, { a: { b: [2] } }],
    ['1', 1],
  ])('gives what is new of %o and %o', (before, now) => {
    expect(share(before, now)).toEqual(now);
    expect(share(before, now)).not.toBe(before);
  });
});
