/**
 * What the app knows of the client: commands in, snapshots out, and word of what changed. Independent of where the
 * client runs; `tab.ts` is the one that works.
 */
import type { LockCall, LockState } from './channel';
import type { Answer, Command, Failure, Snapshot, SnapshotKey } from './types';

/** The snapshot that a key names. */
export type SnapshotOf<K extends SnapshotKey> = Extract<Snapshot, { type: K['type'] }>;

/** Where this device keeps its messages: on disk, or only as long as the page lives. */
export type StorageKind = 'opfs' | 'memory';

/** Keys of what changed, or everything. */
export type Changed = SnapshotKey[] | 'all';

export interface Client {
  /** Does what the person asked; rejects with a {@link Failure}. */
  command(command: Command): Promise<Answer>;
  /** Reads a snapshot; rejects with a {@link Failure} if there is no such thing. */
  snapshot(key: SnapshotKey): Promise<Snapshot>;
  /** Calls back whenever snapshots changed, until the returned function is called. */
  onChange(listener: (changed: Changed) => void): () => void;
  storage(): Promise<StorageKind>;
  media: Media;
  lock: Lock;
}

/** The bytes of photos, voice, videos and files. */
export interface Media {
  /** Seals a file onto this device under a new id, for a message to name; rejects with a {@link Failure}. */
  stage(blob: string, file: Blob): Promise<void>;
  /** Reads bytes from this device, or as they come from the server; rejects with a {@link Failure}. */
  read(blob: string, from: number, to: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** The lock of this device. */
export interface Lock {
  /** How it stands; undefined until that is known. */
  state(): LockState | undefined;
  /** Calls back whenever it changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
  /** Does what the person wants; rejects with a {@link Failure}. */
  ask(call: LockCall): Promise<void>;
}

/** A failure of this kind, as the client would give it. */
export function failure(kind: string, detail = ''): Failure {
  return { kind, detail, retry_after: null };
}

/** Whatever was thrown, as a failure that can be put into words. */
export function asFailure(error: unknown): Failure {
  if (typeof error === 'object' && error !== null && 'kind' in error) return error as Failure;
  return failure('internal', error instanceof Error ? error.message : String(error));
}

/** Bytes as the protocol writes them. */
export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** The bytes that the protocol writes so. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}

/** A new identifier as the protocol writes them: 16 random bytes as base64url. */
export function newId(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}
