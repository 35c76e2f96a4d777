/** What passes between a tab, its worker, and the workers of other tabs. */
import type { Changed, StorageKind } from './client';
import type { Answer, Command, Failure, Snapshot, SnapshotKey } from './types';

/** Something asked of the client, wherever it runs. */
export type Call =
  | { call: 'command'; command: Command }
  | { call: 'snapshot'; key: SnapshotKey }
  | { call: 'storage' }
  /** Seals a file onto this device. */
  | { call: 'stage'; blob: string; file: Blob }
  /** Reads bytes of a file. */
  | { call: 'read'; blob: string; from: number; to: number };

/** Something asked of the lock of this device, which each tab's own worker does. */
export type LockCall =
  | { lock: 'unlock'; pin: string }
  | { lock: 'set'; pin: string; present?: string }
  | { lock: 'remove'; present: string }
  | { lock: 'after'; minutes: number }
  | { lock: 'used' }
  | { lock: 'now' }
  | { lock: 'erase' };

export interface LockState {
  /** Whether a PIN is set, and whether it was given. */
  state: 'none' | 'open' | 'locked';
  /** Minutes without use after which it locks; 0 for never. */
  after: number;
  /** When a PIN is taken again, in milliseconds since 1970. */
  next: number;
}

export type Result =
  | { ok: true; value: Answer | Snapshot | StorageKind | Uint8Array | undefined }
  | { ok: false; failure: Failure };

/** From a tab to its worker. */
export type Ask = { id: number; call: Call } | { id: number; lock: LockCall };

/** From a worker to its tab. */
export type Tell =
  | { tell: 'result'; id: number; result: Result }
  | { tell: 'changed'; changed: Changed }
  | { tell: 'lock'; state: LockState }
  /** Nothing may go on with what it has: the page starts anew, at the page before someone is signed in or where it is. */
  | { tell: 'restart'; at: 'entry' | 'here' }
  | { tell: 'failed'; detail: string };

/** Between workers. The one that leads takes asks and gives results; `leading` says that a new one does. */
export type Post =
  | { post: 'ask'; from: string; id: number; call: Call }
  | { post: 'taken'; to: string; id: number; by: string }
  | { post: 'result'; to: string; id: number; result: Result }
  | { post: 'changed'; changed: Changed }
  | { post: 'leading'; by: string }
  | { post: 'restart' };

export const CHANNEL = 'sealpost';
/** Held by the one worker that has the database open. */
export const LEADER_LOCK = 'sealpost-leader';
