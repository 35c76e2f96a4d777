/** The safety number with someone: what two people compare to know that nobody stands between them. */
import { BadgeCheck, Copy, ScanQrCode } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { DetailsMember, Failure } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { DialogSheet } from '../../ui/Dialog';
import { QrCode } from '../../ui/QrCode';
import { RowSkeleton } from '../../ui/Skeleton';
import { useToast } from '../../ui/Toast';
import type { SheetProps } from './DetailsDialog';

export function SafetyNumber({ details, account, onView, onBack, onClose }: SheetProps) {
  const t = useT();
  const run = useCommand();
  const [number, setNumber] = useState<string>();
  const [failure, setFailure] = useState<Failure>();
  const member = details.members.find(({ person }) => person.account === account);

  useEffect(() => {
    if (!account) return;
    void run({ command: 'read_safety_number', account }).then((outcome) => {
      if (!outcome.ok) return setFailure(outcome.failure);
      if (outcome.answer.answer === 'safety_number') setNumber(outcome.answer.number);
    });
  }, [run, account]);

  // Who is still to be shown here has not gone: the details may be those of a moment ago.
  const shown = useRef(false);
  useEffect(() => {
    if (member) shown.current = true;
    else if (shown.current) onBack();
  }, [member, onBack]);

  return (
    <DialogSheet title={t('safety.title')} onBack={onBack} onClose={onClose}>
      <div className="flex flex-col gap-4">
        {failure && (
          <Callout kind="error">
            {failure.kind === 'not-found' ? t('safety.not_met') : failureText(failure)}
          </Callout>
        )}
        {!failure && !number && <RowSkeleton />}
        {member && number && (
          <Shown member={member} number={number} onScan={() => onView('scan')} onFailure={setFailure} />
        )}
      </div>
    </DialogSheet>
  );
}

interface ShownProps {
  member: DetailsMember;
  number: string;
  onScan: () => void;
  onFailure: (failure: Failure | undefined) => void;
}

function Shown({ member, number, onScan, onFailure }: ShownProps) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const { person, verified } = member;
  const name = person.display_name;
  const groups = number.match(/\d{5}/g) ?? [];

  async function set(verified: boolean) {
    setBusy(true);
    const outcome = await run({ command: 'set_verified', account: person.account, number, verified });
    setBusy(false);
    onFailure(outcome.ok ? undefined : outcome.failure);
  }

  async function copy() {
    const copied = await navigator.clipboard.writeText(groups.join(' ')).then(
      () => true,
      () => false,
    );
    toast(t(copied ? 'safety.copied' : 'safety.copy_failed'));
  }

  return (
    <>
      <p className="text-[0.875rem] text-ink-2">{t('safety.explain', { name })}</p>
      <div className="flex flex-col items-center gap-4 rounded-row border border-line bg-raised px-4 py-5">
        <QrCode text={number} label={t('safety.qr')} />
        <p
          role="img"
          dir="ltr"
          aria-label={t('safety.number', { number: groups.join(' ') })}
          className="grid select-all grid-cols-3 gap-x-4 gap-y-1.5 font-medium font-mono text-[1.0625rem] tabular-nums tracking-wide min-[22rem]:grid-cols-4"
        >
          {groups.map((group, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: groups may repeat and never move
            <span key={index}>{group}</span>
          ))}
        </p>
      </div>
      {verified && (
        <p className="flex items-center justify-center gap-2 font-medium text-accent text-meta">
          <BadgeCheck size={18} aria-hidden />
          {t('safety.verified', { name })}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button
          look={verified ? 'outline' : 'primary'}
          className="basis-full"
          icon={<ScanQrCode size={18} aria-hidden />}
          onClick={onScan}
        >
          {t('safety.scan')}
        </Button>
        <Button
          look="outline"
          className="flex-1"
          icon={<Copy size={17} aria-hidden />}
          onClick={() => void copy()}
        >
          {t('safety.copy')}
        </Button>
        <Button
          look={verified ? 'quiet' : 'outline'}
          className="flex-1"
          busy={busy}
          icon={verified ? undefined : <BadgeCheck size={18} aria-hidden />}
          onClick={() => void set(!verified)}
        >
          {t(verified ? 'safety.unset' : 'safety.set')}
        </Button>
      </div>
    </>
  );
}
