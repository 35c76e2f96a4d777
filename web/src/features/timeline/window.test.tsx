import { act, render, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { failure } from '../../sdk/client';
import { SnapshotStore, StoreContext } from '../../sdk/store';
import type { Snapshot, SnapshotKey } from '../../sdk/types';
import { FakeClient, message, person } from '../../testing/fake-client';
import { useWindow, type Window } from './window';

const mara = person('Mara Ortiz');

/** A client with so many messages, keyed by their number, that gives windows as the real one does. */
class Archive extends FakeClient {
  readonly all;
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
    return {
      type: 'timeline',
      conversation: 'c',
      items,
      has_older: from > 0,
      has_newer: to !== undefined && to < this.all.length,
      first_unread: null,
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
  onDraw(useWindow('c', start, onMissing));
  return null;
}

function drawWindow(count: number, start?: string) {
  const drawn: { now: Window | null | undefined } = { now: undefined };
  const onMissing = vi.fn();
  const client = new Archive(count);
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
    await waitFor(() => expect(range()).toEqual([440, 499]));
    act(() => drawn.now?.showOlder());
    await waitFor(() => expect(range()).toEqual([400, 499]));
    await act(() => new Promise((resolve) => setTimeout(resolve, 20)));
    act(() => drawn.now?.showOlder());
    await waitFor(() => expect(range()[0]).toBeLessThan(400));
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
    await waitFor(() => expect(range()).toEqual([440, 499]));
    act(() => drawn.now?.jump('50'));
    await waitFor(() => expect(range()).toEqual([20, 80]));
    expect(drawn.now).toMatchObject({ opening: 1, target: '50' });
    act(() => drawn.now?.toNewest());
    await waitFor(() => expect(range()).toEqual([440, 499]));
    expect(drawn.now).toMatchObject({ opening: 2, atEnd: true, live: true });
  });

  it('shows the newest where what was named is not here', async () => {
    const { onMissing, range } = drawWindow(500, 'gone');
    await waitFor(() => expect(range()).toEqual([440, 499]));
    expect(onMissing).toHaveBeenCalledTimes(1);
  });
});
