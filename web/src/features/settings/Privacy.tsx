/** What others see of this person, and who may write to them. */
import { Ban, ChevronRight, Contact, type LucideIcon } from 'lucide-react';
import { Link } from 'wouter';
import { useT } from '../../i18n';
import { count, days } from '../../i18n/dates';
import { useSnapshot } from '../../sdk/store';
import type { WhoMayMessage } from '../../sdk/types';
import { SelectField } from '../../ui/SelectField';
import { Skeleton } from '../../ui/Skeleton';
import { Switch } from '../../ui/Switch';
import { useSettings } from './account-settings';

export function Privacy() {
  const t = useT();
  const [settings, change] = useSettings();
  const people = useSnapshot({ type: 'contacts' });
  if (!settings) return <Skeleton className="h-56" />;
  return (
    <>
      <Switch
        label={t('privacy.read_receipts')}
        hint={t('privacy.read_receipts_hint')}
        checked={settings.read_receipts}
        onChange={(read_receipts) => void change({ read_receipts })}
      />
      <Switch
        label={t('privacy.typing')}
        hint={t('privacy.typing_hint')}
        checked={settings.typing}
        onChange={(typing) => void change({ typing })}
      />
      <Switch
        label={t('privacy.presence')}
        hint={t('privacy.presence_hint')}
        checked={settings.presence}
        onChange={(presence) => void change({ presence })}
      />
      <SelectField<WhoMayMessage>
        label={t('privacy.who_may_message')}
        value={settings.who_may_message}
        options={[
          ['everyone', t('privacy.everyone')],
          ['shared_groups', t('privacy.shared_groups')],
          ['nobody', t('privacy.nobody')],
        ]}
        onChange={(who_may_message) => void change({ who_may_message })}
      />
      <p className="-mt-2 text-ink-2 text-meta">{t('privacy.requests_hint')}</p>
      {settings.kept && (
        <p className="text-ink-2 text-meta">
          {t('privacy.kept', {
            time: days(settings.kept.days),
            device_time: days(settings.kept.device_days),
          })}
        </p>
      )}
      <div className="-mx-2.5 flex flex-col border-line border-t pt-2">
        <Way
          href="/settings/contacts"
          icon={Contact}
          label={t('contacts.title')}
          number={people?.contacts.length}
        />
        <Way
          href="/settings/blocked"
          icon={Ban}
          label={t('blocked_people.title')}
          number={people?.blocked.length}
        />
      </div>
    </>
  );
}

interface WayProps {
  href: string;
  icon: LucideIcon;
  label: string;
  number: number | undefined;
}

function Way({ href, icon: Icon, label, number }: WayProps) {
  return (
    <Link
      href={href}
      className="flex min-h-11 items-center gap-3.5 rounded-row px-2.5 py-2 transition-colors hover:bg-hover focus-visible:outline-offset-[-2px]"
    >
      <Icon size={19} aria-hidden className="shrink-0 text-ink-2" />
      <span className="min-w-0 flex-1 font-medium">{label}</span>
      {number !== undefined && <span className="text-ink-2 text-meta tabular-nums">{count(number)}</span>}
      <ChevronRight size={17} aria-hidden className="shrink-0 text-ink-3 rtl:rotate-180" />
    </Link>
  );
}
