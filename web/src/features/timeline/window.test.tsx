import { act, render, waitFor } from '@testing-library/react';
import { useEffect } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { failure } from '../../sdk/client';
import { SnapshotStore, StoreContext } from '../../sdk/store';
import type { Snapshot, SnapshotKey } from '../../sdk/types';
import { FakeClient, message, person } from '../../testing/fake-client';
import { DRAWN_MAX, useWindow, type Window } from './window';

const mara = person('Mara Ortiz');

/** A client with so many messages, keyed by their number, that gives windows as the real one does. */
class Archive extends FakeClient {
  readonly all;
  /** Key of the first unread one. */
  unread: string | null = null;
  /** The most that was asked for at once. */
  most = 0;
  constructor(count: number) {
    super();
    this.all = Array.from({ length: count }, (_, index) => message(`${index}`, mara, `${index}`, index));
  }

  override async snapshot(key: SnapshotKey): Promise<Snapshot> {
    if (key.type !== 'timeline') return super.snapshot(key);
    const at = this.all.findIndex((item) => item.key === key.around);
    if (key.around && at < 0) throw failure('not-found');
    const [from, to] = key.around
      ? [at - key.limit, at + key.limit + 1]
      : [this.all.length - key.limit, undefined];
    const items = this.all.slice(Math.max(0, from), to);
    this.most = Math.max(this.most, items.length);
    return {
      type: 'timeline',
      conversation: 'c',
      items,
      has_older: from > 0,
      restoring: false,
      has_newer: to !== undefined && to < this.all.length,
      first_unread: this.unread,
      last_seq: 0,
    };
  }
}

interface DrawnProps {
  start: string | undefined;
  onMissing: () => void;
  onDraw: (window: Window | null | undefined) => void;
}

function Drawn({ start, onMissing, onDraw }: DrawnProps) {
  const shown = useWindow('c', start, onMissing);
  onDraw(shown);
  return shown && <Trimmed shown={shown} />;
}

/** What is in view as the timeline tells it: once more or less is drawn, before what is around it has its effects. */
const view = { place: undefined as number | undefined };

function Trimmed({ shown }: { shown: Window }) {
  const { trim, items } = shown;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is added changes it
  useEffect(() => {
    if (view.place !== undefined) trim(view.place < 0 ? items.length + view.place : view.place);
  }, [items.length]);
  return null;
}

afterEach(() => {
  view.place = undefined;
});

function drawWindow(count: number, start?: string, unread: string | null = null) {
  const drawn: { now: Window | null | undefined } = { now: undefined };
  const onMissing = vi.fn();
  const client = new Archive(count);
  client.unread = unread;
  render(
    <StoreContext value={new SnapshotStore(client)}>
      <Drawn
        start={start}
        onMissing={onMissing}
        onDraw={(window) => {
          drawn.now = window;
        }}
      />
    </StoreContext>,
  );
  const keys = () => drawn.now?.items.map((item) => Number(item.key)) ?? [];
  return { drawn, keys, onMissing, client, range: () => [keys()[0], keys().at(-1)] };
}

describe('the window on a conversation', () => {
  it('shows a page of the newest, and older ones page by page', async () => {
    const { drawn, range } = drawWindow(500);
    await waitFor(() => expect(range()).toEqual([460, 499]));
    act(() => drawn.now?.showOlder());
    await waitFor(() => expect(range()).toEqual([400, 499]));
    await act(() => new Promise((resolve) => setTimeout(resolve, 20)));
    act(() => drawn.now?.showOlder());
    await waitFor(() => expect(range()[0]).toBeLessThan(400));
  });

  it('draws older ones that come later while less than a page is drawn', async () => {
    const { range, client } = drawWindow(3);
    await waitFor(() => expect(range()).toEqual([0, 2]));
    await act(() => new Promise((resolve) => setTimeout(resolve, 20)));
    // The oldest goes, as a line does that said that something is missing.
    client.all.splice(0, 1, message('-2', mara, 'once', -2), message('-1', mara, 'upon a time', -1));
    act(() => client.show());
    await waitFor(() => expect(range()).toEqual([-2, 2]));
  });

  it('opens around a message, and grows on one side at a time', async () => {
    const { drawn, range, keys } = drawWindow(500, '200');
    await waitFor(() => expect(range()).toEqual([170, 230]));
    expect(drawn.now).toMatchObject({ target: '200', live: false });
    act(() => drawn.now?.showNewer());
    await waitFor(() => expect(range()).toEqual([170, 290]));
    act(() => drawn.now?.showOlder());
    await waitFor(() => expect(range()).toEqual([110, 290]));
    expect(keys()).toHaveLength(181);
  });

  it('follows the newest once they are reached, without a new beginning', async () => {
    const { drawn, range, client } = drawWindow(300, '250');
    await waitFor(() => expect(range()).toEqual([220, 280]));
    act(() => drawn.now?.showNewer());
    await waitFor(() => expect(drawn.now?.live).toBe(true));
    expect(range()).toEqual([220, 299]);
    expect(drawn.now?.opening).toBe(0);
    client.all.push(message('300', mara, 'new', 300));
    act(() => client.show());
    await waitFor(() => expect(range()).toEqual([220, 300]));
  });

  it('begins anew with each jump, and at its end when it jumps to the newest', async () => {
    const { drawn, range } = drawWindow(500);
    await waitFor(() => expect(range()).toEqual([460, 499]));
    act(() => drawn.now?.jump('50'));
    await waitFor(() => expect(range()).toEqual([20, 80]));
    expect(drawn.now).toMatchObject({ opening: 1, target: '50' });
    act(() => drawn.now?.toNewest());
    await waitFor(() => expect(range()).toEqual([460, 499]));
    expect(drawn.now).toMatchObject({ opening: 2, atEnd: true, live: true });
  });

  it('opens around the first unread message, however many there are', async () => {
    const { drawn, range, client } = drawWindow(4000, undefined, '1000');
    await waitFor(() => expect(range()).toEqual([970, 1030]));
    expect(drawn.now).toMatchObject({ opening: 0, target: undefined, live: false });
    expect(client.most).toBeLessThan(300);
    act(() => drawn.now?.toNewest());
    await waitFor(() => expect(range()).toEqual([3960, 3999]));
  });

  it('moves through thousands of messages to the beginning and back, and draws few of them', async () => {
    const { drawn, range, keys, client } = drawWindow(3000);
    await waitFor(() => expect(range()).toEqual([2960, 2999]));
    view.place = 10;
    while (keys()[0] !== 0) {
      const first = keys()[0] ?? 0;
      act(() => drawn.now?.showOlder());
      await waitFor(() => expect(keys()[0] ?? first).toBeLessThan(first));
      expect(keys().length).toBeLessThanOrEqual(DRAWN_MAX);
    }
    expect(drawn.now?.live).toBe(false);
    await waitFor(() => expect(drawn.now?.timeline.has_older).toBe(false));
    act(() => drawn.now?.showOlder());
    expect(keys()[0]).toBe(0);
    view.place = -10;
    while (!drawn.now?.live) {
      const last = keys().at(-1) ?? 0;
      act(() => drawn.now?.showNewer());
      await waitFor(() => expect(keys().at(-1) ?? last).toBeGreaterThan(last));
      expect(keys().length).toBeLessThanOrEqual(DRAWN_MAX);
    }
    expect(range()[1]).toBe(2999);
    expect(drawn.now?.opening).toBe(0);
    // Without a gap, in order.
    expect(keys()).toEqual(keys().map((_, index) => (keys()[0] ?? 0) + index));
    expect(client.most).toBeLessThanOrEqual(361);
  });

  it('keeps its place far from the end while new ones come', async () => {
    const { drawn, range, client } = drawWindow(1000, '500');
    await waitFor(() => expect(range()).toEqual([470, 530]));
    for (let index = 1000; index < 1300; index++) client.all.push(message(`${index}`, mara, 'new', index));
    act(() => client.show());
    await act(() => new Promise((resolve) => setTimeout(resolve, 50)));
    expect(range()).toEqual([470, 530]);
    expect(drawn.now?.opening).toBe(0);
  });

  it('stays where it is when what it is around disappears', async () => {
    const { drawn, range, client } = drawWindow(1000, '500');
    await waitFor(() => expect(range()).toEqual([470, 530]));
    client.all.splice(490, 20);
    act(() => client.show());
    await waitFor(() => expect(drawn.now?.items).toHaveLength(41));
    expect(range()).toEqual([470, 530]);
    expect(drawn.now?.opening).toBe(0);
  });

  it('shows the newest where what was named is not here', async () => {
    const { onMissing, range } = drawWindow(500, 'gone');
    await waitFor(() => expect(range()).toEqual([460, 499]));
    expect(onMissing).toHaveBeenCalledTimes(1);
  });
});
