/** What passes between a tab, its worker, and the workers of other tabs. */
import type { Changed, StorageKind } from './client';
import type { Answer, Command, Failure, Snapshot, SnapshotKey } from './types';

/** Something asked of the client, wherever it runs. */
export type Call =
  | { call: 'command'; command: Command }
  | { call: 'snapshot'; key: SnapshotKey }
  | { call: 'storage' };

export type Result = { ok: true; value: Answer | Snapshot | StorageKind } | { ok: false; failure: Failure };

/** From a tab to its worker. */
export interface Ask {
  id: number;
  call: Call;
}

/** From a worker to its tab. */
export type Tell =
  | { tell: 'result'; id: number; result: Result }
  | { tell: 'changed'; changed: Changed }
  | { tell: 'restart' }
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
