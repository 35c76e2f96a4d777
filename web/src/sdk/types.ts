/** What the client shows and takes. */
export interface Person {
  account: string;
  username: string;
  display_name: string;
}
export type SnapshotKey =
  | { type: 'session' }
  | { type: 'connection' }
  | { type: 'conversations' }
  | { type: 'timeline'; conversation: string; limit: number }
  | { type: 'details'; conversation: string };
export type SignedOutReason = 'session_ended' | 'database_damaged';
export type Session =
  | { state: 'signed_out'; reason?: SignedOutReason | null }
  | { state: 'signed_in'; me: Person; recovery_code?: string | null; may_start_chat: boolean };
export type Connection = {
  state: 'idle' | 'connecting' | 'catching_up' | 'online' | 'offline' | 'update_needed';
};
export type Delivery = 'pending' | 'sent' | 'delivered' | 'read' | 'failed';
export interface Preview {
  sender?: string | null;
  text: string;
  delivery?: Delivery | null;
}
export interface ConversationRow {
  conversation: string;
  kind: 'direct' | 'group';
  name: string;
  peer?: Person | null;
  draft?: string | null;
  last?: Preview | null;
  time: number;
  unread: number;
  joining: boolean;
}
export interface ConversationList {
  rows: ConversationRow[];
  unread: number;
}
export type Notice =
  | { notice: 'created'; by: Person }
  | { notice: 'added'; by: Person; people: Person[] }
  | { notice: 'removed'; by: Person; people: Person[] }
  | { notice: 'device_joined' }
  | { notice: 'unreadable'; cause: string }
  | { notice: 'stopped'; cause: string };
export type ItemContent =
  | {
      type: 'message';
      sender: Person;
      own: boolean;
      text: string;
      delivery?: Delivery | null;
      failure?: string | null;
    }
  | { type: 'unsupported'; sender: Person }
  | ({ type: 'notice' } & Notice);
export interface TimelineItem {
  key: string;
  time: number;
  content: ItemContent;
}
export interface Timeline {
  conversation: string;
  items: TimelineItem[];
  has_older: boolean;
  first_unread?: string | null;
  last_seq: number;
}
export interface DetailsMember {
  person: Person;
  admin: boolean;
  me: boolean;
}
export interface Details {
  conversation: string;
  kind: 'direct' | 'group';
  name: string;
  members: DetailsMember[];
  may_add: boolean;
  post_quantum: boolean;
}
export type Snapshot =
  | ({ type: 'session' } & Session)
  | ({ type: 'connection' } & Connection)
  | ({ type: 'conversations' } & ConversationList)
  | ({ type: 'timeline' } & Timeline)
  | ({ type: 'details' } & Details);
export type PasswordHint = 'too_short' | 'common' | 'personal' | 'pattern' | 'add_words';
export interface PasswordStrength {
  score: number;
  accepted: boolean;
  hint?: PasswordHint | null;
}
export type Command =
  | { command: 'sign_up'; username: string; display_name: string; password: string; invite?: string | null }
  | { command: 'sign_in'; username: string; password: string }
  | { command: 'recover'; username: string; code: string; new_password: string }
  | { command: 'check_password'; password: string; context: string[] }
  | { command: 'confirm_recovery_code'; code: string }
  | { command: 'sign_out'; everywhere: boolean }
  | { command: 'search_people'; prefix: string }
  | { command: 'start_direct'; account: string }
  | { command: 'create_group'; name: string; members: string[] }
  | { command: 'add_members'; conversation: string; members: string[] }
  | { command: 'send_text'; conversation: string; id: string; text: string }
  | { command: 'retry'; conversation: string; id: string }
  | { command: 'discard'; conversation: string; id: string }
  | { command: 'mark_read'; conversation: string; seq: number }
  | { command: 'save_draft'; conversation: string; text: string }
  | { command: 'read_draft'; conversation: string }
  | { command: 'network_changed'; online: boolean };
export type Answer =
  | { answer: 'done' }
  | { answer: 'people'; people: Person[] }
  | { answer: 'conversation'; conversation: string }
  | ({ answer: 'password' } & PasswordStrength)
  | { answer: 'draft'; text: string };
export interface Failure {
  kind: string;
  detail: string;
  retry_after?: number | null;
}
