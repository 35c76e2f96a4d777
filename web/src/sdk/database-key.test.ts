import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryRecord, memoryKey, SEALING } from '../testing/memory-key';
import { DatabaseKey } from './database-key';
import type { Kept } from './key-record';

const PIN = '481516';
let record: MemoryRecord;
let key: DatabaseKey;

beforeEach(() => {
  record = new MemoryRecord();
  key = memoryKey(record);
});
afterEach(() => vi.useRealTimers());

/** What the browser's own key alone opens of what is on the disk. */
async function onDisk(): Promise<Uint8Array> {
  const { wrapping, iv, wrapped } = record.kept as Kept;
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, wrapping, wrapped));
}

async function wrongTries(count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    await expect(key.withPin('000000')).rejects.toMatchObject({ kind: 'wrong-pin' });
  }
}

describe('the key of the database', () => {
  it('is made once, and anew after it was forgotten', async () => {
    const made = await key.withoutPin();
    expect(made).toHaveLength(32);
    expect(await memoryKey(record).withoutPin()).toEqual(made);
    expect(await onDisk()).toEqual(made);
    await expect(crypto.subtle.exportKey('raw', (record.kept as Kept).wrapping)).rejects.toThrow();
    await key.forget();
    expect(await key.withoutPin()).not.toEqual(made);
  });

  it('takes the PIN once one is set, and not the one before', async () => {
    const made = await key.withoutPin();
    expect(await key.setPin(PIN)).toEqual(made);
    expect(await key.withoutPin()).toBeUndefined();
    expect(await key.withPin(PIN)).toEqual(made);
    expect(await onDisk()).not.toEqual(made);
    await expect(key.setPin('another', 'wrong!')).rejects.toMatchObject({ kind: 'wrong-pin' });
    await expect(key.setPin('short', PIN)).rejects.toMatchObject({ kind: 'pin-too-short' });
    await key.setPin('another', PIN);
    await expect(key.withPin(PIN)).rejects.toMatchObject({ kind: 'wrong-pin' });
    expect(await key.withPin('another')).toEqual(made);
  });

  it('is there without a PIN again once that is removed', async () => {
    const made = await key.withoutPin();
    await key.setPin(PIN);
    await key.lockAfter(5);
    expect(await key.pin()).toMatchObject({ after: 5 });
    await expect(key.removePin('000000')).rejects.toMatchObject({ kind: 'wrong-pin' });
    await key.removePin(PIN);
    expect(await key.pin()).toBeUndefined();
    expect(await key.withoutPin()).toEqual(made);
  });

  it('is what it was where a change does not reach the disk', async () => {
    const made = await key.withoutPin();
    await key.setPin(PIN);
    const write = record.write.bind(record);
    record.write = (kept) => (kept?.pin ? write(kept) : Promise.reject(new Error('the disk is full')));
    await expect(key.removePin(PIN)).rejects.toThrow('the disk is full');
    expect(await key.withPin(PIN)).toEqual(made);
  });
});

describe('wrong PINs', () => {
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await key.withoutPin();
    await key.setPin(PIN);
  });

  it('are followed by pauses that grow and that a reload does not end', async () => {
    await wrongTries(4);
    key = memoryKey(record);
    await expect(key.withPin(PIN)).rejects.toMatchObject({ kind: 'rate-limited', retry_after: 15 });
    vi.setSystemTime(Date.now() + 15_000);
    await wrongTries(1);
    await expect(key.withPin(PIN)).rejects.toMatchObject({ retry_after: 30 });
    vi.setSystemTime(Date.now() + 30_000);
    await key.withPin(PIN);
    await wrongTries(4);
  });

  it('count when they begin: whoever ends the worker meanwhile has had the try', async () => {
    await wrongTries(3);
    const hanging = new DatabaseKey(record, { ...SEALING, open: () => new Promise(() => {}) });
    void hanging.withPin('000000');
    await vi.waitFor(() => expect(record.kept?.pin?.tries).toBe(4));
    const restarted = new MemoryRecord();
    restarted.kept = record.kept;
    await expect(memoryKey(restarted).withPin(PIN)).rejects.toMatchObject({ kind: 'rate-limited' });
  });

  it('count for changing and removing the PIN too', async () => {
    await wrongTries(3);
    await expect(key.removePin('000000')).rejects.toMatchObject({ kind: 'wrong-pin' });
    await expect(key.setPin('another', PIN)).rejects.toMatchObject({ kind: 'rate-limited' });
  });

  it('keep nobody out for longer where the clock was put back', async () => {
    await wrongTries(4);
    vi.setSystemTime(Date.now() - 86_400_000);
    await expect(key.withPin(PIN)).rejects.toMatchObject({ retry_after: 15 });
    vi.setSystemTime(Date.now() + 15_000);
    await key.withPin(PIN);
  });
});
