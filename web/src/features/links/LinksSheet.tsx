/** A group's invite links: made, shown, copied and ended by admins. */
import { Copy, Plus, QrCode as QrIcon, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { duration, fullDate } from '../../i18n/dates';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Details, Failure, InviteLink } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { DialogSheet } from '../../ui/Dialog';
import { QrCode } from '../../ui/QrCode';
import { SelectField } from '../../ui/SelectField';
import { Switch } from '../../ui/Switch';
import { useToast } from '../../ui/Toast';
import type { SheetProps } from '../details/DetailsDialog';
import { linkAddress } from './address';

/** For how long, in seconds, and for how many people a link may be good; nothing for no limit. */
const TIMES = ['', '3600', '86400', '604800', '2592000'];
const USES = ['', '1', '5', '10', '50', '100'];

export function LinksSheet({ details, onBack, onClose }: SheetProps) {
  const t = useT();
  const [making, setMaking] = useState(false);
  const [opened, setOpened] = useState<string>();
  return (
    <DialogSheet title={t('links.title')} onBack={onBack} onClose={onClose}>
      <p className="pb-4 text-[0.875rem] text-ink-2">{t('links.explain')}</p>
      <div className="flex flex-col gap-3">
        {making ? (
          <NewLink
            details={details}
            onCancel={() => setMaking(false)}
            onMade={(fragment) => {
              setMaking(false);
              setOpened(fragment);
            }}
          />
        ) : (
          <Button
            look="outline"
            icon={<Plus size={18} aria-hidden />}
            className="self-start"
            onClick={() => setMaking(true)}
          >
            {t('links.new')}
          </Button>
        )}
        <ul className="flex flex-col gap-3">
          {details.links.map((link) => (
            <li key={link.link}>
              <LinkCard
                conversation={details.conversation}
                link={link}
                open={opened === link.fragment}
                onOpen={(open) => setOpened(open ? link.fragment : undefined)}
              />
            </li>
          ))}
        </ul>
      </div>
    </DialogSheet>
  );
}

interface NewLinkProps {
  details: Details;
  onMade: (fragment: string) => void;
  onCancel: () => void;
}

function NewLink({ details, onMade, onCancel }: NewLinkProps) {
  const t = useT();
  const run = useCommand();
  const [seconds, setSeconds] = useState('604800');
  const [uses, setUses] = useState('');
  const [approval, setApproval] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function create() {
    setBusy(true);
    const outcome = await run({
      command: 'create_link',
      conversation: details.conversation,
      seconds: seconds ? Number(seconds) : null,
      uses: uses ? Number(uses) : null,
      approval,
    });
    setBusy(false);
    if (!outcome.ok) setFailure(outcome.failure);
    else if (outcome.answer.answer === 'link') onMade(outcome.answer.fragment);
  }

  return (
    <section
      aria-label={t('links.new')}
      className="flex flex-col gap-4 rounded-row border border-line bg-raised p-4"
    >
      {failure && <Callout kind="error">{failureText(failure)}</Callout>}
      <div className="grid grid-cols-[repeat(auto-fit,minmax(9rem,1fr))] gap-3">
        <SelectField
          label={t('links.expiry')}
          value={seconds}
          options={TIMES.map((time) => [time, time ? duration(Number(time)) : t('links.never')])}
          onChange={setSeconds}
        />
        <SelectField
          label={t('links.uses')}
          value={uses}
          options={USES.map((number) => [
            number,
            number ? t('links.people', { count: Number(number) }) : t('links.unlimited'),
          ])}
          onChange={setUses}
        />
      </div>
      <Switch
        label={t('links.approval')}
        hint={t('links.approval_hint')}
        checked={approval}
        onChange={setApproval}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={onCancel}>
          {t('dialog.cancel')}
        </Button>
        <Button busy={busy} onClick={create}>
          {t('links.create')}
        </Button>
      </div>
    </section>
  );
}

interface LinkCardProps {
  conversation: string;
  link: InviteLink;
  /** Whether its code is shown. */
  open: boolean;
  onOpen: (open: boolean) => void;
}

function LinkCard({ conversation, link, open, onOpen }: LinkCardProps) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const [revoking, setRevoking] = useState(false);
  const address = linkAddress(link.fragment);
  const facts = [
    link.expires ? t('links.until', { date: fullDate(link.expires) }) : t('links.no_end'),
    link.uses_left === null
      ? t('links.used', { count: link.uses })
      : t('links.left', { count: link.uses_left }),
    link.approval ? t('links.approved') : '',
  ].filter(Boolean);

  async function copy() {
    const copied = await navigator.clipboard.writeText(address).then(
      () => true,
      () => false,
    );
    toast(t(copied ? 'links.copied' : 'links.copy_failed'));
  }

  return (
    <div className="rounded-row border border-line bg-raised p-4">
      <input
        readOnly
        dir="ltr"
        aria-label={t('links.address')}
        value={address}
        onFocus={(event) => event.currentTarget.select()}
        className="w-full truncate rounded-tight bg-transparent font-mono text-meta"
      />
      <p className="pt-1 text-ink-2 text-meta">{facts.join(' · ')}</p>
      {open && (
        <div className="flex justify-center pt-4">
          <QrCode text={address} label={t('links.qr')} />
        </div>
      )}
      <div className="-mx-2 -mb-1.5 flex flex-wrap gap-1 pt-2">
        <Small icon={<Copy size={16} aria-hidden />} onClick={() => void copy()}>
          {t('links.copy')}
        </Small>
        <Small icon={<QrIcon size={16} aria-hidden />} pressed={open} onClick={() => onOpen(!open)}>
          {t(open ? 'links.hide_qr' : 'links.show_qr')}
        </Small>
        <Small icon={<Trash2 size={16} aria-hidden />} danger onClick={() => setRevoking(true)}>
          {t('links.revoke')}
        </Small>
      </div>
      {revoking && (
        <ConfirmDialog
          title={t('links.revoke_title')}
          text={t('links.revoke_text')}
          action={t('links.revoke_confirm')}
          run={() => run({ command: 'revoke_link', conversation, link: link.link })}
          onDone={() => setRevoking(false)}
          onCancel={() => setRevoking(false)}
        />
      )}
    </div>
  );
}

interface SmallProps {
  icon: React.ReactNode;
  pressed?: boolean;
  danger?: boolean;
  onClick: () => void;
  children: string;
}

function Small({ icon, pressed, danger = false, onClick, children }: SmallProps) {
  return (
    <Button
      look="quiet"
      icon={icon}
      aria-expanded={pressed}
      onClick={onClick}
      className={`min-h-9! px-2.5! text-meta! ${danger ? 'text-danger! hover:bg-danger-soft!' : ''}`}
    >
      {children}
    </Button>
  );
}
