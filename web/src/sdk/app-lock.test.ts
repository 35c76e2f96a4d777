import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryRecord, memoryKey } from '../testing/memory-key';
import { AppLock } from './app-lock';
import type { Tell } from './channel';

const PIN = '481516';

/** A lock as the browser gives it, to one alone or to several together, until their workers end. */
class Locks {
  #shared = 0;
  #waiting: (() => void)[] = [];

  async request(_: string, options: LockOptions, run: () => Promise<void>): Promise<void> {
    if (options.mode === 'shared') this.#shared += 1;
    else {
      await new Promise<void>((resolve, reject) => {
        options.signal?.addEventListener('abort', () => reject(new Error('aborted')));
        this.#waiting.push(resolve);
        this.#grant();
      });
    }
    await run();
  }

  #grant(): void {
    if (this.#shared === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** All that hold it end. */
  end(): void {
    this.#shared = 0;
    this.#grant();
  }
}

let record: MemoryRecord;
let locks: Locks;
let erased: number;
const channels: BroadcastChannel[] = [];

beforeEach(() => {
  record = new MemoryRecord();
  locks = new Locks();
  erased = 0;
  vi.stubGlobal('navigator', { locks });
  const Real = BroadcastChannel;
  vi.stubGlobal(
    'BroadcastChannel',
    class extends Real {
      constructor(name: string) {
        super(name);
        channels.push(this);
      }
    },
  );
});
afterEach(() => {
  for (const channel of channels.splice(0)) channel.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function tab() {
  const told: Tell[] = [];
  const erase = async () => {
    erased += 1;
  };
  const lock = new AppLock(memoryKey(record), (message) => told.push(message), erase);
  const state = () => told.findLast((message) => message.tell === 'lock')?.state;
  const restarted = () => told.find((message) => message.tell === 'restart')?.at;
  return { lock, state, restarted };
}

async function locked(...tabs: ReturnType<typeof tab>[]): Promise<void> {
  await vi.waitFor(() => {
    for (const { state } of tabs) expect(state()?.state).toBe('locked');
  });
}

async function unlocked(...tabs: ReturnType<typeof tab>[]): Promise<void> {
  await vi.waitFor(() => {
    for (const { state } of tabs) expect(state()?.state).toBe('open');
  });
}

describe('without a PIN', () => {
  it('nothing is locked, and the key is there', async () => {
    const one = tab();
    expect(await one.lock.key()).toHaveLength(32);
    expect(one.state()).toEqual({ state: 'none', after: 0, next: 0 });
    await one.lock.run({ lock: 'now' });
    await one.lock.run({ lock: 'erase' });
    expect(one.restarted()).toBeUndefined();
    expect(erased).toBe(0);
  });

  it('one that is set is known in all tabs, which stay open', async () => {
    const [one, other] = [tab(), tab()];
    const key = await one.lock.key();
    await other.lock.run({ lock: 'set', pin: PIN });
    await unlocked(one, other);
    expect(await other.lock.key()).toEqual(key);
    await other.lock.run({ lock: 'remove', present: PIN });
    await vi.waitFor(() => expect(one.state()?.state).toBe('none'));
  });
});

describe('with a PIN', () => {
  let made: Uint8Array | undefined;
  beforeEach(async () => {
    made = await memoryKey(record).withoutPin();
    await memoryKey(record).setPin(PIN);
  });

  it('the key is there once it was given in any tab, also for tabs that come later', async () => {
    const [one, other] = [tab(), tab()];
    await locked(one, other);
    await expect(one.lock.run({ lock: 'unlock', pin: '000000' })).rejects.toMatchObject({
      kind: 'wrong-pin',
    });
    expect(one.state()?.state).toBe('locked');
    await other.lock.run({ lock: 'unlock', pin: PIN });
    await unlocked(one, other);
    const third = tab();
    await unlocked(third);
    for (const { lock } of [one, other, third]) expect(await lock.key()).toEqual(made);
  });

  it('all tabs lock together, and who comes after has no key', async () => {
    const [one, other] = [tab(), tab()];
    await one.lock.run({ lock: 'unlock', pin: PIN });
    await unlocked(one, other);
    await one.lock.run({ lock: 'now' });
    await vi.waitFor(() => expect([one.restarted(), other.restarted()]).toEqual(['here', 'here']));
    const opened = vi.fn();
    void one.lock.key().then(opened);
    const next = tab();
    locks.end();
    await locked(next);
    expect(opened).not.toHaveBeenCalled();
  });

  it('they lock when none was used for the time that was set', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const [one, other] = [tab(), tab()];
    await one.lock.run({ lock: 'unlock', pin: PIN });
    await unlocked(one, other);
    await one.lock.run({ lock: 'after', minutes: 1 });
    await vi.waitFor(() => expect(other.state()?.after).toBe(1));
    vi.advanceTimersByTime(40_000);
    await one.lock.run({ lock: 'used' });
    await other.lock.run({ lock: 'used' });
    vi.advanceTimersByTime(40_000);
    expect([one.restarted(), other.restarted()]).toEqual([undefined, undefined]);
    vi.advanceTimersByTime(30_000);
    await vi.waitFor(() => expect([one.restarted(), other.restarted()]).toEqual(['here', 'here']));
  });

  it('a device that slept past that time locks when somebody wakes it', async () => {
    const one = tab();
    await one.lock.run({ lock: 'unlock', pin: PIN });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 16 * 60_000 });
    await one.lock.run({ lock: 'used' });
    expect(one.restarted()).toBe('here');
  });

  it('everything is erased by who forgot it, in all tabs, but not by who has it open', async () => {
    const [one, other] = [tab(), tab()];
    await locked(one, other);
    await one.lock.run({ lock: 'erase' });
    await vi.waitFor(() => expect([one.restarted(), other.restarted()]).toEqual(['entry', 'entry']));
    expect(record.kept).toBeUndefined();
    expect(erased).toBe(1);
    const next = tab();
    expect(await next.lock.key()).not.toEqual(made);
    await next.lock.run({ lock: 'set', pin: PIN });
    await next.lock.run({ lock: 'erase' });
    expect(next.restarted()).toBeUndefined();
  });
});
