/**
 * Snapshots for React: each is read when a view first asks and again when the client says that it changed, at most
 * once a frame. Independent of what the snapshots mean.
 */
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';
import { asFailure, type Changed, type Client, type SnapshotOf } from './client';
import { share } from './share';
import type { Answer, Command, Failure, Snapshot, SnapshotKey } from './types';

/** How many snapshots that nobody shows any more are kept, so that going back is instant: pictures, and all others. */
const PICTURES_KEPT = 200;
const KEPT = 40;

interface Entry {
  key: SnapshotKey;
  value: Snapshot | null | undefined;
  listeners: Set<() => void>;
  loading: boolean;
  stale: boolean;
  /** It changed while nobody showed it. */
  missed: boolean;
}

function concerns(changed: SnapshotKey, key: SnapshotKey): boolean {
  if (changed.type !== key.type) return false;
  if (changed.type === 'picture' && key.type === 'picture') return changed.id === key.id;
  return (
    !('conversation' in changed) || !('conversation' in key) || changed.conversation === key.conversation
  );
}

function isPicture(key: SnapshotKey): boolean {
  return key.type === 'picture';
}

/** Whether what is shown again is to be read again. */
function needsReading({ value, stale }: Entry): boolean {
  return stale || value === undefined || value === null;
}

/** The next frame, or soon where no frames are drawn because the page is hidden. */
function nextFrame(run: () => void): void {
  if (document.hidden) setTimeout(run);
  else requestAnimationFrame(run);
}

export class SnapshotStore {
  readonly client: Client;
  #entries = new Map<string, Entry>();
  #scheduled = false;

  constructor(client: Client) {
    this.client = client;
    client.onChange((changed) => this.#changed(changed));
  }

  /** The last value; undefined while it is first read, null if it cannot be had. */
  read(id: string): Snapshot | null | undefined {
    return this.#entries.get(id)?.value;
  }

  /** The value, unless it changed while nobody showed it and was not read since. */
  readFresh(id: string): Snapshot | null | undefined {
    const entry = this.#entries.get(id);
    return entry?.missed ? undefined : entry?.value;
  }

  subscribe(id: string, key: SnapshotKey, listener: () => void): () => void {
    const entry = this.#entry(id, key);
    if (entry.listeners.size === 0 && needsReading(entry)) void this.#load(entry);
    entry.listeners.add(listener);
    return () => {
      entry.listeners.delete(listener);
      this.#touch(id, entry);
      this.#forget(entry);
    };
  }

  #entry(id: string, key: SnapshotKey): Entry {
    let entry = this.#entries.get(id);
    if (!entry) {
      entry = { key, value: undefined, listeners: new Set(), loading: false, stale: false, missed: false };
      this.#entries.set(id, entry);
    }
    return entry;
  }

  #changed(changed: Changed): void {
    for (const entry of this.#entries.values()) {
      if (changed !== 'all' && !changed.some((key) => concerns(key, entry.key))) continue;
      entry.stale = true;
      if (entry.listeners.size === 0) entry.missed = true;
    }
    this.#refresh();
  }

  /** Reads what is stale at once, and what becomes stale until the next frame then. */
  #refresh(): void {
    if (this.#scheduled) return;
    const stale = [...this.#entries.values()].filter((entry) => entry.stale && entry.listeners.size > 0);
    if (stale.length === 0) return;
    for (const entry of stale) void this.#load(entry);
    this.#scheduled = true;
    nextFrame(() => {
      this.#scheduled = false;
      this.#refresh();
    });
  }

  async #load(entry: Entry): Promise<void> {
    entry.stale = true;
    if (entry.loading) return;
    entry.loading = true;
    while (entry.stale) {
      entry.stale = false;
      const value = await this.client.snapshot(entry.key).catch(() => null);
      entry.value = share(entry.value, value);
      entry.missed = false;
      for (const listener of entry.listeners) listener();
    }
    entry.loading = false;
  }

  /** Puts a snapshot that was shown until now behind those that were last shown before. */
  #touch(id: string, entry: Entry): void {
    if (this.#entries.get(id) !== entry) return;
    this.#entries.delete(id);
    this.#entries.set(id, entry);
  }

  /** Forgets what was not shown for longest, pictures and others apart. */
  #forget({ key }: Entry): void {
    const unused = [...this.#entries].filter(
      ([, other]) => other.listeners.size === 0 && isPicture(other.key) === isPicture(key),
    );
    const many = unused.length - (isPicture(key) ? PICTURES_KEPT : KEPT);
    for (const [id, entry] of unused.slice(0, Math.max(0, many))) {
      if (!entry.loading) this.#entries.delete(id);
    }
  }
}

export const StoreContext = createContext<SnapshotStore | null>(null);

function useStore(): SnapshotStore {
  const store = useContext(StoreContext);
  if (!store) throw new Error('no snapshot store around this view');
  return store;
}

function useSubscription(key: SnapshotKey) {
  const store = useStore();
  const id = JSON.stringify(key);
  const subscribe = useCallback(
    (listener: () => void) => store.subscribe(id, JSON.parse(id) as SnapshotKey, listener),
    [store, id],
  );
  return { store, id, subscribe };
}

/** The snapshot that `key` names, kept up to date; undefined while it is first read, null if it cannot be had. */
export function useSnapshot<K extends SnapshotKey>(key: K): SnapshotOf<K> | null | undefined {
  const { store, id, subscribe } = useSubscription(key);
  return useSyncExternalStore(subscribe, () => store.read(id)) as SnapshotOf<K> | null | undefined;
}

/** As {@link useSnapshot}, but undefined while what changed before it was shown again is read anew. */
export function useFreshSnapshot<K extends SnapshotKey>(key: K): SnapshotOf<K> | null | undefined {
  const { store, id, subscribe } = useSubscription(key);
  return useSyncExternalStore(subscribe, () => store.readFresh(id)) as SnapshotOf<K> | null | undefined;
}

export function useClient(): Client {
  return useStore().client;
}

/** What came of a command: what it gave, or why it failed. */
export type Outcome = { ok: true; answer: Answer } | { ok: false; failure: Failure };

/** Runs commands without throwing, for handlers that show what went wrong. */
export function useCommand(): (command: Command) => Promise<Outcome> {
  const client = useClient();
  return useCallback(
    (command) =>
      client.command(command).then(
        (answer): Outcome => ({ ok: true, answer }),
        (error): Outcome => ({ ok: false, failure: asFailure(error) }),
      ),
    [client],
  );
}
