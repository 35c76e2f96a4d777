/** What one can set on this device, and the way out. */
import { ArrowLeft } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { Link } from 'wouter';
import { chooseTheme, type Theme, themeChoice } from '../../app/theme';
import { chooseLocale, LOCALES, type LocaleChoice, localeChoice, type MessageId, useT } from '../../i18n';
import type { StorageKind } from '../../sdk/client';
import { useClient } from '../../sdk/store';
import type { Person } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { Choice } from './Choice';
import { KeyList } from './KeyList';
import { SignOutDialog } from './SignOutDialog';
import { type Kept, keepStorage, storageKept } from './storage';

export function SettingsPage({ me }: { me: Person }) {
  const t = useT();
  const [theme, setTheme] = useState(themeChoice);
  const [locale, setLocale] = useState(localeChoice);
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex w-full max-w-[38rem] animate-appear flex-col gap-8 px-5 pt-4 pb-12">
        <header className="flex items-center gap-2">
          <Link
            href="/"
            aria-label={t('nav.back')}
            className="-ms-2 inline-flex size-9 items-center justify-center rounded-control text-ink-2 hover:bg-hover wide:hidden"
          >
            <ArrowLeft size={20} aria-hidden className="rtl:rotate-180" />
          </Link>
          <h2 className="text-title">{t('settings.title')}</h2>
        </header>
        <div className="flex items-center gap-4">
          <Avatar id={me.account} name={me.display_name} />
          <div className="min-w-0">
            <p className="truncate font-semibold text-[1.0625rem]" dir="auto">
              {me.display_name}
            </p>
            <p className="text-ink-2 text-meta">@{me.username}</p>
          </div>
        </div>
        <Section title={t('settings.look')}>
          <Choice<Theme>
            label={t('settings.theme')}
            value={theme}
            options={[
              ['system', t('settings.system')],
              ['light', t('settings.light')],
              ['dark', t('settings.dark')],
            ]}
            onChange={(chosen) => {
              chooseTheme(chosen);
              setTheme(chosen);
            }}
          />
          <Choice<LocaleChoice>
            label={t('settings.language')}
            value={locale}
            options={[
              ['system', t('settings.system')],
              ...(Object.entries(LOCALES) as [LocaleChoice, string][]),
            ]}
            onChange={(chosen) => {
              chooseLocale(chosen);
              setLocale(chosen);
            }}
          />
        </Section>
        <Section title={t('settings.device')}>
          <Storage />
        </Section>
        <Section title={t('keys.title')}>
          <KeyList />
        </Section>
        <Section title={t('settings.sign_out')}>
          <SignOut />
        </Section>
      </div>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-3">
      <h3 className="font-semibold text-ink-2 text-meta">{title}</h3>
      <div className="flex flex-col gap-4 rounded-bubble border border-line bg-raised px-4.5 py-4">
        {children}
      </div>
    </section>
  );
}

function Storage() {
  const t = useT();
  const client = useClient();
  const [kind, setKind] = useState<StorageKind>();
  const [kept, setKept] = useState<Kept>();
  useEffect(() => {
    void client.storage().then(setKind, () => {});
    void storageKept().then(setKept);
  }, [client]);
  if (!kind || !kept) return <p className="h-[2.75rem]" />;
  const id: MessageId = kind === 'memory' ? 'storage.memory' : `storage.${kept}`;
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="min-w-56 flex-1 text-[0.875rem] text-ink-2">{t(id)}</p>
      {id === 'storage.may_be_cleared' && (
        <Button look="outline" onClick={() => void keepStorage().then(setKept)}>
          {t('storage.ask')}
        </Button>
      )}
    </div>
  );
}

function SignOut() {
  const t = useT();
  const [asking, setAsking] = useState<'here' | 'everywhere'>();
  return (
    <>
      <p className="text-[0.875rem] text-ink-2">{t('sign_out.explain')}</p>
      <div className="flex flex-wrap gap-2">
        <Button look="outline" onClick={() => setAsking('here')}>
          {t('sign_out.here')}
        </Button>
        <Button look="outline" className="text-danger!" onClick={() => setAsking('everywhere')}>
          {t('sign_out.everywhere')}
        </Button>
      </div>
      {asking && <SignOutDialog everywhere={asking === 'everywhere'} onClose={() => setAsking(undefined)} />}
    </>
  );
}
