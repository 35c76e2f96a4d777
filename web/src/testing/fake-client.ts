/**
 * A client for tests of views: it shows the snapshots it is given, remembers commands, and answers them as told.
 */
import type { LockCall, LockState } from '../sdk/channel';
import { type Changed, type Client, failure, type Lock, type Media } from '../sdk/client';
import type {
  Answer,
  Command,
  ConversationRow,
  Message,
  Person,
  Snapshot,
  SnapshotKey,
  Span,
  TimelineItem,
} from '../sdk/types';

type Answers = { [C in Command['command']]?: (command: Extract<Command, { command: C }>) => Answer };

export class FakeClient implements Client {
  readonly commands: Command[] = [];
  #listeners = new Set<(changed: Changed) => void>();
  #snapshots: Snapshot[];
  #answers: Answers;

  constructor(snapshots: Snapshot[] = [], answers: Answers = {}) {
    this.#snapshots = snapshots;
    this.#answers = answers;
  }

  async command(command: Command): Promise<Answer> {
    this.commands.push(command);
    const answer = this.#answers[command.command] as ((command: Command) => Answer) | undefined;
    return answer ? answer(command) : { answer: 'done' };
  }

  async snapshot(key: SnapshotKey): Promise<Snapshot> {
    const found = this.#snapshots.find(
      (snapshot) =>
        snapshot.type === key.type &&
        (!('conversation' in key) ||
          !('conversation' in snapshot) ||
          snapshot.conversation === key.conversation) &&
        (key.type !== 'picture' || snapshot.type !== 'picture' || snapshot.id === key.id),
    );
    if (!found) throw failure('not-found', key.type);
    return found;
  }

  onChange(listener: (changed: Changed) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What was asked of the lock; `answers.lock` may refuse. */
  readonly lockCalls: LockCall[] = [];
  #lock: LockState = { state: 'none', after: 0, next: 0 };
  #lockListeners = new Set<() => void>();
  refuseLock: (call: LockCall) => void = () => {};

  readonly lock: Lock = {
    state: () => this.#lock,
    onChange: (listener) => {
      this.#lockListeners.add(listener);
      return () => this.#lockListeners.delete(listener);
    },
    ask: async (call) => {
      this.lockCalls.push(call);
      this.refuseLock(call);
    },
  };

  showLock(state: LockState): void {
    this.#lock = state;
    for (const listener of this.#lockListeners) listener();
  }

  /** Files that were staged, and what is read. */
  readonly files = new Map<string, Blob>();
  readonly media: Media = {
    stage: async (blob, file) => void this.files.set(blob, file),
    read: async (blob, from, to) => {
      const file = this.files.get(blob);
      if (!file) throw failure('not-found', blob);
      return new Uint8Array(await file.slice(from, to).arrayBuffer());
    },
  };

  async storage() {
    return 'opfs' as const;
  }

  /** Shows another state of things from now on. */
  show(...snapshots: Snapshot[]): void {
    this.#snapshots = [...snapshots, ...this.#snapshots];
    for (const listener of this.#listeners) listener('all');
  }
}

export function person(name: string): Person {
  const username = name.toLowerCase().replaceAll(' ', '.');
  return { account: `account-${username}`, username, display_name: name, picture: null };
}

export const ME = person('Nora Lind');

export function row(name: string, more: Partial<ConversationRow> = {}): ConversationRow {
  return {
    conversation: `conversation-${name.toLowerCase().replaceAll(' ', '-')}`,
    kind: 'direct',
    name,
    peer: null,
    draft: null,
    last: null,
    time: Date.UTC(2026, 10, 20, 12),
    unread: 0,
    joining: false,
    ended: false,
    may_leave: more.kind === 'group' && !more.ended && !more.requested,
    requested: false,
    request: false,
    blocked: false,
    successor: null,
    unaccepted: [],
    picture: null,
    muted_until: null,
    pinned: false,
    archived: false,
    marked_unread: false,
    mentioned: false,
    typing: [],
    presence: null,
    stopped: false,
    may_begin_anew: false,
    read_only: false,
    members: 0,
    join_requests: 0,
    ...more,
  };
}

/** A run of plain text, or one of some other kind. */
export function span(text: string, more: Partial<Span> = {}): Span {
  return { text, bold: false, italic: false, strike: false, code: false, link: null, mention: null, ...more };
}

/** A message, of one paragraph unless the test says otherwise. */
export function message(
  key: string,
  sender: Person,
  text: string,
  time: number,
  more: Partial<Message> = {},
): TimelineItem & { content: { type: 'message' } & Message } {
  const own = sender.account === ME.account;
  return {
    key,
    seq: time,
    time,
    content: {
      type: 'message',
      sender,
      own,
      text,
      body: [{ block: 'paragraph', spans: [span(text)] }],
      delivery: own ? 'sent' : null,
      failure: null,
      reply: null,
      reactions: [],
      edited: false,
      forwarded: false,
      mentions_me: false,
      expires: null,
      poll: null,
      attachments: [],
      may_edit: own,
      ...more,
    },
  };
}
