import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Call, Tell } from './channel';
import { Peer } from './peer';

/** A lock as the browser gives it: one holder at a time, until `end` of that holder. */
class Locks {
  #queue: (() => void)[] = [];
  #held = false;

  async request(_name: string, run: () => Promise<void>): Promise<void> {
    if (this.#held) await new Promise<void>((resume) => this.#queue.push(resume));
    this.#held = true;
    await run();
  }

  /** The holder's tab was closed. */
  end(): void {
    this.#held = false;
    this.#queue.shift()?.();
  }
}

const SEND: Call = {
  call: 'command',
  command: { command: 'send_text', conversation: 'c', id: '1', text: 'hi' },
};
const CREATE: Call = { call: 'command', command: { command: 'create_group', name: 'g', members: [] } };
let locks: Locks;
/** Those of the tabs of one test; they are closed with it. */
const channels: BroadcastChannel[] = [];

beforeEach(() => {
  locks = new Locks();
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
  vi.unstubAllGlobals();
});

function tab() {
  const told: Tell[] = [];
  const peer = new Peer((message) => told.push(message));
  const result = (id: number) => told.find((message) => message.tell === 'result' && message.id === id);
  return { peer, told, result };
}

/** A client that answers by its name, or never. */
function opens(name: string, log: Call[] = []) {
  return async () => ({
    run(call: Call) {
      log.push(call);
      return name === 'silent'
        ? new Promise<never>(() => {})
        : Promise.resolve({ answer: 'draft', text: name } as const);
    },
  });
}

function created(log: Call[]): Call[] {
  return log.filter((call) => call.call === 'command' && call.command.command === 'create_group');
}

describe('the workers of several tabs', () => {
  it('open one client, which answers for all', async () => {
    const [first, second] = [tab(), tab()];
    void first.peer.lead(opens('first'));
    void second.peer.lead(opens('second'));
    await second.peer.ask(1, SEND);
    await vi.waitFor(() =>
      expect(second.result(1)).toMatchObject({ result: { ok: true, value: { text: 'first' } } }),
    );
    expect(first.result(1)).toBeUndefined();
  });

  it('ask again of the next leader what can be repeated, and say so of the rest', async () => {
    const log: Call[] = [];
    const [first, second] = [tab(), tab()];
    void first.peer.lead(opens('silent', log));
    void second.peer.lead(opens('second'));
    await second.peer.ask(1, SEND);
    await second.peer.ask(2, CREATE);
    await vi.waitFor(() => expect(created(log)).toHaveLength(1));
    locks.end();
    await vi.waitFor(() => {
      expect(created(log)).toHaveLength(1);
      expect(second.result(1)).toMatchObject({ result: { ok: true, value: { text: 'second' } } });
      expect(second.result(2)).toMatchObject({ result: { ok: false, failure: { kind: 'interrupted' } } });
    });
  });

  it('start anew together when the device was signed out', async () => {
    const [first, second] = [tab(), tab()];
    void first.peer.lead(opens('first'));
    await second.peer.ask(1, { call: 'command', command: { command: 'sign_out' } });
    await vi.waitFor(() => {
      expect(first.told).toContainEqual({ tell: 'restart', at: 'entry' });
      expect(second.told).toContainEqual({ tell: 'restart', at: 'entry' });
    });
  });
});
