/** The first part of the details, from which the others are reached. */
import { BadgeCheck, Download, Link2, ShieldCheck, Timer } from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { count, duration } from '../../i18n/dates';
import { useSnapshot } from '../../sdk/store';
import type { Details, Person, Presence } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { presenceText } from '../conversation/presence';
import { ExportDialog } from '../export/ExportDialog';
import { DetailRow } from './DetailRow';
import type { View } from './DetailsDialog';
import { Endings } from './Endings';
import { JoinRequests } from './JoinRequests';
import { LockLine } from './LockLine';
import { Members } from './Members';
import { QuickActions } from './QuickActions';

interface OverviewProps {
  details: Details;
  onView: (view: View) => void;
  /** The safety number with someone is to be compared. */
  onVerify: (account: string) => void;
  onClose: () => void;
}

export function Overview({ details, onView, onVerify, onClose }: OverviewProps) {
  const t = useT();
  const [exporting, setExporting] = useState(false);
  const list = useSnapshot({ type: 'conversations' });
  const row = list?.rows.find((other) => other.conversation === details.conversation);
  const group = details.kind === 'group';
  const other = group ? undefined : details.members.find((member) => !member.me)?.person;
  const timer = details.timer ? duration(details.timer) : t('timer.off');
  return (
    <div className="flex flex-col gap-5">
      <Heading details={details} other={other} presence={row?.presence ?? null} />
      <QuickActions details={details} row={row} other={other} onView={onView} onClose={onClose} />
      {details.join_requests.length > 0 && <JoinRequests details={details} />}
      <LockLine postQuantum={details.post_quantum}>
        <Verification details={details} onVerify={onVerify} />
      </LockLine>
      <div className="-mx-3">
        <DetailRow
          icon={Timer}
          label={t('timer.title')}
          value={timer}
          {...(details.may_edit && { view: 'timer' as const, onClick: () => onView('timer') })}
        />
        {group && details.admin && (
          <>
            <DetailRow
              icon={ShieldCheck}
              label={t('policy.title')}
              view="permissions"
              onClick={() => onView('permissions')}
            />
            <DetailRow
              icon={Link2}
              label={t('links.title')}
              value={details.links.length > 0 ? count(details.links.length) : t('links.none_short')}
              view="links"
              onClick={() => onView('links')}
            />
          </>
        )}
        <DetailRow icon={Download} label={t('export.action_one')} onClick={() => setExporting(true)} />
      </div>
      {group && (
        <Members details={details} onAdd={() => onView('add')} onVerify={onVerify} onClose={onClose} />
      )}
      <Endings details={details} row={row} other={other} onClose={onClose} />
      {exporting && <ExportDialog chat={details} onClose={() => setExporting(false)} />}
    </div>
  );
}

interface VerificationProps {
  details: Details;
  onVerify: (account: string) => void;
}

/** How one makes sure of who is in it. */
function Verification({ details, onVerify }: VerificationProps) {
  const t = useT();
  if (details.kind === 'group') return <p className="pt-1.5 text-ink-2">{t('safety.how_in_group')}</p>;
  const peer = details.members.find((member) => !member.me);
  if (!peer) return null;
  return (
    <button
      type="button"
      data-view="safety"
      onClick={() => onVerify(peer.person.account)}
      className="-mx-1 mt-1 inline-flex min-h-8 items-center gap-1.5 rounded-tight px-1 font-semibold text-accent hover:underline"
    >
      {peer.verified && <BadgeCheck size={16} aria-hidden />}
      {t(peer.verified ? 'safety.is_verified' : 'safety.compare')}
    </button>
  );
}

function Heading({
  details,
  other,
  presence,
}: {
  details: Details;
  other: Person | undefined;
  presence: Presence | null;
}) {
  const t = useT();
  const there = presenceText(presence, t);
  return (
    <div className="flex flex-col items-center pt-1 text-center">
      <Avatar
        id={other?.account ?? details.conversation}
        name={details.name}
        picture={other?.picture ?? details.picture}
        size="huge"
      />
      <p className="mt-3 max-w-full break-words font-semibold text-[1.1875rem] leading-6" dir="auto">
        {details.name}
      </p>
      <p className="mt-0.5 text-ink-2 text-meta">
        {other ? (
          <>
            <bdi>@{other.username}</bdi>
            {there && <span className={presence?.online ? 'text-accent' : ''}> · {there}</span>}
          </>
        ) : (
          t('details.members', { count: details.members.length })
        )}
      </p>
      {details.description && (
        <p className="mt-3 max-w-full whitespace-pre-wrap break-words text-[0.875rem]" dir="auto">
          {details.description}
        </p>
      )}
    </div>
  );
}
