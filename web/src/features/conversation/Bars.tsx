/** What stands in place of the composer where nothing can be written, or not yet; and what there is to decide above the messages. */
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useT } from '../../i18n';
import { useCommand } from '../../sdk/store';
import type { ConversationRow, Person } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { DetailsDialog } from '../details/DetailsDialog';
import { LeaveDialog } from '../details/LeaveDialog';
import { Bar, useRun } from './Bar';
import { AcceptBar, SuccessorBar } from './SuccessorBars';

/** Why nothing can be written in a conversation, if so. */
export function obstacle(row: ConversationRow) {
  if (row.joining) return 'joining';
  if (row.requested) return 'requested';
  if (row.stopped) return 'stopped';
  if (row.ended) return 'ended';
  if (row.blocked) return 'blocked';
  if (row.request) return 'request';
  if (row.successor) return 'successor';
  if (row.unaccepted.length > 0) return 'unaccepted';
  if (row.read_only) return 'read_only';
  return undefined;
}

/** What is said where there is nothing to decide. */
const WORDS = {
  joining: 'conversation.joining',
  requested: 'conversation.requested',
  ended: 'conversation.ended',
  read_only: 'conversation.read_only',
} as const;

export function ObstacleBar({ row }: { row: ConversationRow }) {
  const t = useT();
  const why = obstacle(row);
  if (why === 'request') return <RequestBar row={row} />;
  if (why === 'stopped') return <StoppedBar row={row} />;
  if (why === 'blocked' && row.peer) return <BlockedBar peer={row.peer} />;
  if (row.successor && why === 'successor') return <SuccessorBar row={row} successor={row.successor} />;
  if (row.unaccepted[0] && why === 'unaccepted') return <AcceptBar row={row} person={row.unaccepted[0]} />;
  return (
    <p role="status" className="px-6 pt-2 pb-6 text-center text-ink-2 text-meta">
      {why && why in WORDS && t(WORDS[why as keyof typeof WORDS])}
    </p>
  );
}

function RequestBar({ row }: { row: ConversationRow }) {
  const t = useT();
  const { busy, act } = useRun();
  const [asking, setAsking] = useState<'delete' | 'block'>();
  const { conversation, name, peer } = row;
  const group = row.kind === 'group';
  // Who says to be somebody that this person knows has to show it.
  const verified = !group && row.unaccepted.length > 0;
  const text = group ? 'request.group_text' : verified ? 'anew_bar.text_verified' : 'request.direct_text';
  return (
    <Bar label={t(group ? 'request.group' : 'request.direct', { name })} text={t(text)}>
      {peer && (
        <Button
          look="quiet"
          className="text-danger! hover:bg-danger-soft!"
          onClick={() => setAsking('block')}
        >
          {t('request.block')}
        </Button>
      )}
      <Button look="quiet" className="text-danger! hover:bg-danger-soft!" onClick={() => setAsking('delete')}>
        {t('request.delete')}
      </Button>
      <Button busy={busy} onClick={() => act({ command: 'accept_request', conversation })}>
        {t('request.accept')}
      </Button>
      {asking && <Confirm row={row} peer={peer} what={asking} onClose={() => setAsking(undefined)} />}
    </Bar>
  );
}

interface ConfirmProps {
  row: ConversationRow;
  peer: Person | null;
  what: 'delete' | 'block';
  onClose: () => void;
}

function Confirm({ row, peer, what, onClose }: ConfirmProps) {
  const t = useT();
  const run = useCommand();
  const [, navigate] = useLocation();
  const { conversation, name } = row;
  const block = what === 'block' && peer !== null;
  return (
    <ConfirmDialog
      title={t(block ? 'request.block_title' : 'request.delete_title', { name })}
      text={t(block ? 'request.block_text' : 'request.delete_text')}
      action={t(block ? 'request.block' : 'request.delete')}
      run={() =>
        run(
          block
            ? { command: 'block', account: peer.account, blocked: true }
            : { command: 'delete_conversation', conversation },
        )
      }
      onDone={() => {
        onClose();
        if (!block) navigate('/');
      }}
      onCancel={onClose}
    />
  );
}

function StoppedBar({ row }: { row: ConversationRow }) {
  const t = useT();
  const run = useCommand();
  const [asking, setAsking] = useState<'leave' | 'begin'>();
  const { conversation, may_begin_anew, may_leave } = row;
  const stop = () => setAsking(undefined);
  return (
    <Bar
      label={t('stopped_bar.title')}
      text={t(may_begin_anew ? 'stopped_bar.text' : 'stopped_bar.text_member')}
    >
      {may_leave && (
        <Button
          look="quiet"
          className="text-danger! hover:bg-danger-soft!"
          onClick={() => setAsking('leave')}
        >
          {t('leave.action')}
        </Button>
      )}
      {may_begin_anew && <Button onClick={() => setAsking('begin')}>{t('stopped_bar.begin')}</Button>}
      {asking === 'leave' && <LeaveDialog conversation={conversation} onClose={stop} />}
      {asking === 'begin' && (
        <ConfirmDialog
          title={t('stopped_bar.begin_title')}
          text={t('stopped_bar.begin_text')}
          action={t('stopped_bar.begin')}
          run={() => run({ command: 'begin_anew', conversation })}
          onDone={stop}
          onCancel={stop}
        />
      )}
    </Bar>
  );
}

function BlockedBar({ peer }: { peer: Person }) {
  const t = useT();
  const { busy, act } = useRun();
  return (
    <Bar label={t('blocked_bar.title', { name: peer.display_name })} text={t('blocked_bar.text')}>
      <Button
        look="outline"
        busy={busy}
        onClick={() => act({ command: 'block', account: peer.account, blocked: false })}
      >
        {t('blocked_bar.unblock')}
      </Button>
    </Bar>
  );
}

/** Above the messages of a group: that someone asks to be let in, and the way to answer. */
export function JoinRequestsBar({ row }: { row: ConversationRow }) {
  const t = useT();
  const [shown, setShown] = useState(false);
  if (row.join_requests === 0 && !shown) return null;
  return (
    <>
      {row.join_requests > 0 && (
        <div className="flex shrink-0 items-center gap-3 border-line border-b bg-accent-soft px-4 py-1.5 text-meta wide:px-6">
          <UserPlus size={17} aria-hidden className="shrink-0 text-accent" />
          <p role="status" className="min-w-0 flex-1 truncate font-medium">
            {t('join_requests.count', { count: row.join_requests })}
          </p>
          <Button look="quiet" onClick={() => setShown(true)}>
            {t('join_requests.view')}
          </Button>
        </div>
      )}
      {shown && <DetailsDialog conversation={row.conversation} onClose={() => setShown(false)} />}
    </>
  );
}
