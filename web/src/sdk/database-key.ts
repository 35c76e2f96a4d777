/**
 * The key of this device's database: 32 random bytes, kept wrapped by a browser key that no script can read out, so
 * that what lies on the disk is of no use to another program or another profile. With a PIN it is sealed with that
 * first. Decision 28 says what each protects.
 */
import { failure } from './client';
import type { Kept, KeyRecord, Pin } from './key-record';

/** What Rust does of it. */
export interface Sealing {
  /** Rejects with `pin-too-short`. */
  seal(key: Uint8Array, pin: string): Promise<Uint8Array>;
  /** Rejects with `wrong-pin`. */
  open(sealed: Uint8Array, pin: string): Promise<Uint8Array>;
}

/** Minutes without use after which a new lock locks. */
const AFTER = 15;
/** For how many seconds no PIN is taken after so many tries that were wrong; after more than these, as after the last. */
const PAUSES = [0, 0, 0, 0, 15, 30, 60, 300, 900, 3600];

/** When the next PIN is taken, in milliseconds since 1970. A clock that was put back makes nobody wait for longer. */
export function nextTry({ tries, tried }: Pin, now: number): number {
  const pause = PAUSES[Math.min(tries, PAUSES.length - 1)] ?? 0;
  return Math.min(tried, now) + pause * 1000;
}

async function wrap(secret: Uint8Array): Promise<Kept> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const usages: KeyUsage[] = ['encrypt', 'decrypt'];
  const wrapping = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, usages);
  const wrapped = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, wrapping, new Uint8Array(secret));
  return { wrapping, iv, wrapped };
}

async function unwrap({ wrapping, iv, wrapped }: Kept): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, wrapping, wrapped));
}

export class DatabaseKey {
  #record: KeyRecord;
  #sealing: Sealing;

  constructor(record: KeyRecord, sealing: Sealing) {
    this.#record = record;
    this.#sealing = sealing;
  }

  /** What is kept of the PIN, if one is set. */
  async pin(): Promise<Pin | undefined> {
    return (await this.#record.read())?.pin;
  }

  /** The key where no PIN is set, made the first time. */
  withoutPin(): Promise<Uint8Array | undefined> {
    return this.#record.alone(async () => {
      const kept = await this.#record.read();
      if (kept) return kept.pin ? undefined : unwrap(kept);
      const key = crypto.getRandomValues(new Uint8Array(32));
      await this.#record.write(await wrap(key));
      return key;
    });
  }

  /** The key by the PIN; rejects with `wrong-pin`, or with `rate-limited` if it has to wait. */
  withPin(pin: string): Promise<Uint8Array> {
    return this.#changing((kept) => this.#open(kept, pin));
  }

  /** Sets a PIN in place of the present one, if there is one, and gives the key. */
  setPin(pin: string, present?: string): Promise<Uint8Array> {
    return this.#changing(async (kept) => {
      const key = await this.#open(kept, present);
      const sealed = await wrap(await this.#sealing.seal(key, pin));
      const after = kept.pin?.after ?? AFTER;
      await this.#record.write({ ...sealed, pin: { after, tries: 0, tried: 0 } });
      return key;
    });
  }

  removePin(present: string): Promise<void> {
    return this.#changing(async (kept) => this.#record.write(await wrap(await this.#open(kept, present))));
  }

  /** Has the app lock after so many minutes without use, or never by itself if it is 0. */
  lockAfter(minutes: number): Promise<void> {
    return this.#changing(async (kept) => {
      if (kept.pin) await this.#record.write({ ...kept, pin: { ...kept.pin, after: minutes } });
    });
  }

  /** Forgets the key: whatever is left of the database can never be read again. */
  forget(): Promise<void> {
    return this.#record.alone(() => this.#record.write(undefined));
  }

  #changing<T>(run: (kept: Kept) => Promise<T>): Promise<T> {
    return this.#record.alone(async () => {
      const kept = await this.#record.read();
      if (!kept) throw failure('internal', 'this device has no key');
      return run(kept);
    });
  }

  /** A try is counted before it is made: whoever ends it has had it. */
  async #open(kept: Kept, pin = ''): Promise<Uint8Array> {
    if (!kept.pin) return unwrap(kept);
    const now = Date.now();
    const next = nextTry(kept.pin, now);
    const counted = (tries: number, tried: number) =>
      this.#record.write({ ...kept, pin: { ...(kept.pin as Pin), tries, tried } });
    if (next > now) {
      if (kept.pin.tried > now) await counted(kept.pin.tries, now);
      throw {
        ...failure('rate-limited', 'too many wrong PINs'),
        retry_after: Math.ceil((next - now) / 1000),
      };
    }
    await counted(kept.pin.tries + 1, now);
    const key = await this.#sealing.open(await unwrap(kept), pin);
    await counted(0, 0);
    return key;
  }
}
