/**
 * One tab's worker among those of all tabs. The holder of one lock leads: it alone opens the database, and answers
 * the others. A peer that does not lead passes what its tab asks on, and asks again when another takes over.
 * Independent of the client itself, which it is given a way to open.
 */
import { type Call, CHANNEL, LEADER_LOCK, type Post, type Result, type Tell } from './channel';
import { asFailure, type Changed, failure } from './client';

/** The client as the leader uses it. */
export interface Engine {
  run(call: Call): Promise<Extract<Result, { ok: true }>['value']>;
}

/** Opens the client, which reports changes to `changed`. */
export type OpenEngine = (changed: (keys: Changed) => void) => Promise<Engine>;

/** Doing these twice differs from doing them once, so they are not asked again of a new leader. */
const ONCE = new Set(['sign_up', 'sign_in', 'sign_in_with_passkey', 'recover', 'create_group', 'sign_out']);

function mayRepeat(call: Call): boolean {
  return call.call !== 'command' || !ONCE.has(call.command.command);
}

/** What a tab asked of another's worker, and who took it on. */
interface Waiting {
  call: Call;
  taker?: string;
}

export class Peer {
  #name = crypto.randomUUID();
  #channel = new BroadcastChannel(CHANNEL);
  #waiting = new Map<number, Waiting>();
  #taken = new Set<string>();
  #engine: Engine | undefined;
  #tell: (message: Tell) => void;

  constructor(tell: (message: Tell) => void) {
    this.#tell = tell;
    this.#channel.onmessage = ({ data }: MessageEvent<Post>) => this.#received(data);
  }

  /** Waits for its turn to lead, then leads until the worker ends. Rejects if the client cannot be opened. */
  async lead(open: OpenEngine): Promise<void> {
    await navigator.locks.request(LEADER_LOCK, async () => {
      this.#engine = await open((changed) => {
        this.#tell({ tell: 'changed', changed });
        this.#post({ post: 'changed', changed });
      });
      this.#post({ post: 'leading', by: this.#name });
      this.#tell({ tell: 'changed', changed: 'all' });
      this.#handOver(this.#name);
      await new Promise(() => {});
    });
  }

  /** Takes what the tab asks; the result is told under the same id. */
  async ask(id: number, call: Call): Promise<void> {
    if (this.#engine) {
      this.#tell({ tell: 'result', id, result: await this.#run(call) });
    } else {
      this.#waiting.set(id, { call });
      this.#post({ post: 'ask', from: this.#name, id, call });
    }
  }

  #post(message: Post): void {
    this.#channel.postMessage(message);
  }

  #received(message: Post): void {
    switch (message.post) {
      case 'ask':
        if (this.#engine) void this.#answer(message.from, message.id, message.call);
        break;
      case 'taken':
        this.#noteTaker(message.to, message.id, message.by);
        break;
      case 'result':
        if (message.to === this.#name) this.#settle(message.id, message.result);
        break;
      case 'changed':
        this.#tell({ tell: 'changed', changed: message.changed });
        break;
      case 'leading':
        this.#tell({ tell: 'changed', changed: 'all' });
        this.#handOver(message.by);
        break;
      case 'restart':
        this.#tell({ tell: 'restart', at: 'entry' });
    }
  }

  #noteTaker(to: string, id: number, by: string): void {
    const waiting = to === this.#name ? this.#waiting.get(id) : undefined;
    if (waiting) waiting.taker = by;
  }

  /** Another leads now: what its forerunner did not finish is asked of it. */
  #handOver(leader: string): void {
    for (const [id, { call, taker }] of this.#waiting) {
      if (taker !== leader) void this.#resume(id, call, taker === undefined || mayRepeat(call));
    }
  }

  /** Asks again if that is harmless; else it is unknown whether it was done, and the person decides. */
  async #resume(id: number, call: Call, harmless: boolean): Promise<void> {
    if (harmless) {
      if (this.#engine) this.#settle(id, await this.#run(call));
      else this.#post({ post: 'ask', from: this.#name, id, call });
    } else {
      this.#settle(id, { ok: false, failure: failure('interrupted', 'the tab at work was closed') });
    }
  }

  #settle(id: number, result: Result): void {
    if (this.#waiting.delete(id)) this.#tell({ tell: 'result', id, result });
  }

  async #answer(to: string, id: number, call: Call): Promise<void> {
    if (!mayRepeat(call)) {
      const ask = `${to} ${id}`;
      if (this.#taken.has(ask)) return;
      this.#taken.add(ask);
    }
    this.#post({ post: 'taken', to, id, by: this.#name });
    this.#post({ post: 'result', to, id, result: await this.#run(call) });
  }

  async #run(call: Call): Promise<Result> {
    if (!this.#engine) return { ok: false, failure: failure('internal', 'this tab does not lead') };
    try {
      const value = await this.#engine.run(call);
      // The database is gone with the session. A worker opens it only once, so every tab starts anew.
      if (call.call === 'command' && call.command.command === 'sign_out') this.#restart();
      return { ok: true, value };
    } catch (error) {
      return { ok: false, failure: asFailure(error) };
    }
  }

  #restart(): void {
    this.#post({ post: 'restart' });
    this.#tell({ tell: 'restart', at: 'entry' });
  }
}
