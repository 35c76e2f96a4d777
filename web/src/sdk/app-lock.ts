/**
 * The lock of this device, as each tab's worker keeps it: with a PIN set, a worker has the key of the database only
 * after somebody gave the PIN in one of the tabs. All tabs are locked and unlocked together: who has the key gives it
 * to the others, so that any of them can go on when the tab that leads is closed.
 */
import type { LockCall, LockState, Tell } from './channel';
import { asFailure } from './client';
import { type DatabaseKey, nextTry } from './database-key';
import type { Pin } from './key-record';

const CHANNEL = 'sealpost-lock';
/** Held, together, by all workers that have the key of a locked device. */
const UNLOCKED = 'sealpost-unlocked';

/** Between workers. */
type Post =
  | { post: 'who' }
  | { post: 'key'; key: Uint8Array }
  | { post: 'changed' }
  | { post: 'used' }
  | { post: 'lock' }
  | { post: 'erased' };

export class AppLock {
  #channel = new BroadcastChannel(CHANNEL);
  #keys: DatabaseKey;
  #tell: (message: Tell) => void;
  #eraseDatabase: () => Promise<void>;
  #pin: Pin | undefined;
  #key: Uint8Array | undefined;
  #ended = false;
  #used = Date.now();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #given: (key: Uint8Array) => void = () => {};
  #gift = new Promise<Uint8Array>((resolve) => {
    this.#given = resolve;
  });
  #started: Promise<void>;

  /** `eraseDatabase` deletes what the key opens. */
  constructor(keys: DatabaseKey, tell: (message: Tell) => void, eraseDatabase: () => Promise<void>) {
    this.#keys = keys;
    this.#tell = tell;
    this.#eraseDatabase = eraseDatabase;
    this.#channel.onmessage = ({ data }: MessageEvent<Post>) => void this.#received(data);
    this.#started = this.#start();
    // Who asks for the key is told.
    this.#started.catch(() => {});
  }

  /** The key, for who opens the database: as soon as the PIN was given where there is one. */
  async key(): Promise<Uint8Array> {
    await this.#started;
    const key = (await this.#keys.withoutPin()) ?? (await this.#gift);
    // What was locked or erased meanwhile opens nothing any more.
    return this.#ended ? new Promise(() => {}) : key;
  }

  /** The device was signed out: what other tabs have of a key opens nothing from now on. */
  erased(): void {
    this.#post({ post: 'erased' });
  }

  /** Does what the person wants; rejects with a failure. */
  async run(call: LockCall): Promise<void> {
    await this.#started;
    switch (call.lock) {
      case 'unlock':
        return this.#handOut(this.#keys.withPin(call.pin));
      case 'set':
        return this.#handOut(this.#keys.setPin(call.pin, call.present));
      case 'remove':
        return this.#changes(this.#keys.removePin(call.present));
      case 'after':
        return this.#changes(this.#keys.lockAfter(call.minutes));
      case 'used':
        this.#post({ post: 'used' });
        return this.#wasUsed();
      case 'now':
        return this.#lock();
      case 'erase':
        return this.#erase();
    }
  }

  async #start(): Promise<void> {
    this.#pin = await this.#keys.pin();
    if (this.#pin) await this.#askForKey();
    this.#show();
  }

  /** Waits until another tab gave the key, or until there is none that has it. */
  async #askForKey(): Promise<void> {
    const answered = new AbortController();
    this.#post({ post: 'who' });
    const nobody = navigator.locks.request(UNLOCKED, { signal: answered.signal }, async () => {});
    await Promise.race([this.#gift, nobody]);
    answered.abort();
    nobody.catch(() => {});
  }

  async #received(message: Post): Promise<void> {
    if (this.#ended) return;
    switch (message.post) {
      case 'who':
        this.#wasUsed();
        if (this.#key) this.#post({ post: 'key', key: this.#key });
        break;
      case 'key':
        this.#take(message.key);
        await this.#readAgain();
        break;
      case 'changed':
        await this.#readAgain();
        break;
      case 'used':
        this.#wasUsed();
        break;
      case 'lock':
        this.#end('here');
        break;
      case 'erased':
        this.#end('entry');
    }
  }

  async #handOut(opening: Promise<Uint8Array>): Promise<void> {
    await this.#changes(
      opening.then((key) => {
        this.#take(key);
        this.#post({ post: 'key', key });
      }),
    );
  }

  /** Wrong tries count too: whatever came of it, the others read what is kept by now. */
  async #changes(change: Promise<void>): Promise<void> {
    try {
      await change;
    } catch (error) {
      throw asFailure(error);
    } finally {
      this.#post({ post: 'changed' });
      await this.#readAgain();
    }
  }

  async #readAgain(): Promise<void> {
    this.#pin = await this.#keys.pin();
    this.#show();
  }

  #take(key: Uint8Array): void {
    if (this.#key || this.#ended) return;
    this.#key = key;
    this.#used = Date.now();
    void navigator.locks.request(UNLOCKED, { mode: 'shared' }, () => new Promise(() => {}));
    this.#given(key);
  }

  #show(): void {
    if (this.#ended) return;
    const pin = this.#pin;
    const state: LockState = pin
      ? { state: this.#key ? 'open' : 'locked', after: pin.after, next: nextTry(pin, Date.now()) }
      : { state: 'none', after: 0, next: 0 };
    this.#tell({ tell: 'lock', state });
    this.#watch();
  }

  /** Until when it stays open if nobody uses it. */
  get #until(): number {
    const minutes = (this.#key && this.#pin?.after) || Number.POSITIVE_INFINITY;
    return this.#used + minutes * 60_000;
  }

  #watch(): void {
    clearTimeout(this.#timer);
    const left = this.#until - Date.now();
    if (Number.isFinite(left)) this.#timer = setTimeout(() => this.#wasUsed(false), left);
  }

  /** A device that slept past its time locks when it wakes, whoever woke it. */
  #wasUsed(used = true): void {
    if (Date.now() >= this.#until) {
      this.#lock();
      return;
    }
    if (used) this.#used = Date.now();
    this.#watch();
  }

  #lock(): void {
    if (!this.#pin || this.#ended) return;
    this.#post({ post: 'lock' });
    this.#end('here');
  }

  /** Without the key nothing can be said to the server: only what is here goes. */
  async #erase(): Promise<void> {
    if (this.#key || !this.#pin) return;
    await this.#keys.forget();
    await this.#eraseDatabase().catch((error) => console.warn(error));
    this.#post({ post: 'erased' });
    this.#end('entry');
  }

  #end(at: 'here' | 'entry'): void {
    this.#ended = true;
    this.#key = undefined;
    clearTimeout(this.#timer);
    this.#tell({ tell: 'restart', at });
  }

  #post(message: Post): void {
    this.#channel.postMessage(message);
  }
}
