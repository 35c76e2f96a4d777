/** Snapshots for tests of views, in the state in which nothing special is set. */
import type { Details, Settings, Snapshot } from '../sdk/types';
import { ME, person } from './fake-client';

export const SETTINGS: Settings = {
  read_receipts: true,
  typing: true,
  presence: true,
  who_may_message: 'everyone',
  notifications: 'full',
  archive: true,
  kept: { days: 365, device_days: 30 },
};

export function settings(more: Partial<Settings> = {}): Snapshot {
  return { type: 'settings', ...SETTINGS, ...more };
}

/** A group of this person and others, of which the first is an admin. */
export function details(more: Partial<Details> = {}): Extract<Snapshot, { type: 'details' }> {
  return {
    type: 'details',
    conversation: 'lake',
    kind: 'group',
    name: 'Lake house',
    members: [
      {
        person: person('Mara Ortiz'),
        admin: true,
        me: false,
        verified: false,
        successor: null,
        waiting: null,
      },
      { person: ME, admin: false, me: true, verified: false, successor: null, waiting: null },
    ],
    may_add: false,
    may_edit: false,
    admin: false,
    last_admin: false,
    post_quantum: true,
    description: '',
    picture: null,
    timer: null,
    policy: { add: 'members', edit: 'members', post: 'members' },
    policy_waiting: false,
    links: [],
    join_requests: [],
    contact: false,
    blocked: false,
    ...more,
  };
}
