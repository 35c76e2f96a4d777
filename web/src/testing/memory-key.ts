/** The key of a database in memory, for tests: sealed by something that is quick and hides nothing. */
import { failure } from '../sdk/client';
import { DatabaseKey, type Sealing } from '../sdk/database-key';
import type { Kept, KeyRecord } from '../sdk/key-record';

const text = new TextEncoder();

export const SEALING: Sealing = {
  async seal(key, pin) {
    if (pin.length < 6) throw failure('pin-too-short');
    return new Uint8Array([pin.length, ...text.encode(pin), ...key]);
  },
  async open(sealed, pin) {
    const [length = 0, ...rest] = sealed;
    if (String.fromCharCode(...rest.slice(0, length)) !== pin) throw failure('wrong-pin');
    return new Uint8Array(rest.slice(length));
  },
};

export class MemoryRecord implements KeyRecord {
  kept: Kept | undefined;
  #last: Promise<unknown> = Promise.resolve();

  async read() {
    return this.kept;
  }

  async write(kept: Kept | undefined) {
    this.kept = kept;
  }

  alone<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    this.#last = result.catch(() => {});
    return result;
  }
}

export function memoryKey(record: KeyRecord = new MemoryRecord()): DatabaseKey {
  return new DatabaseKey(record, SEALING);
}
