/** What one can set on this device, and the way out. */
import { useEffect, useState } from 'react';
import { chooseTheme, type Theme, themeChoice } from '../../app/theme';
import { chooseLocale, LOCALES, type LocaleChoice, localeChoice, type MessageId, useT } from '../../i18n';
import type { StorageKind } from '../../sdk/client';
import { useClient } from '../../sdk/store';
import type { Person } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { LockSettings } from '../app-lock/LockSettings';
import { Devices } from '../devices/Devices';
import { ExportChats } from '../export/ExportChats';
import { HistorySettings } from '../history/HistorySettings';
import { PasskeySettings } from '../passkeys/PasskeySettings';
import { Access } from './Access';
import { Choice } from './Choice';
import { InstallApp } from './InstallApp';
import { KeyList } from './KeyList';
import { NotificationSettings } from './NotificationSettings';
import { Page } from './Page';
import { Privacy } from './Privacy';
import { Profile } from './Profile';
import { Section } from './Section';
import { SignOutDialog } from './SignOutDialog';
import { type Kept, keepStorage, storageKept } from './storage';

export function SettingsPage({ me }: { me: Person }) {
  const t = useT();
  return (
    <Page title={t('settings.title')}>
      <Section title={t('profile.title')}>
        <Profile key={`${me.display_name} ${me.picture}`} me={me} />
      </Section>
      <Section title={t('privacy.title')}>
        <Privacy />
      </Section>
      <Section title={t('history.title')}>
        <HistorySettings />
        <ExportChats />
      </Section>
      <Section title={t('notifications.title')}>
        <NotificationSettings />
      </Section>
      <Section title={t('settings.look')}>
        <Appearance />
      </Section>
      <Section title={t('devices.title')}>
        <Devices />
      </Section>
      <Section title={t('access.title')}>
        <Access me={me} />
      </Section>
      <Section title={t('passkeys.title')}>
        <PasskeySettings me={me} />
      </Section>
      <Section title={t('lock.section')}>
        <LockSettings />
      </Section>
      <Section title={t('settings.device')}>
        <Storage />
        <InstallApp />
      </Section>
      <Section title={t('keys.title')}>
        <KeyList />
      </Section>
      <Section title={t('settings.sign_out')}>
        <SignOut />
      </Section>
    </Page>
  );
}

function Appearance() {
  const t = useT();
  const [theme, setTheme] = useState(themeChoice);
  const [locale, setLocale] = useState(localeChoice);
  return (
    <>
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
        options={[['system', t('settings.system')], ...(Object.entries(LOCALES) as [LocaleChoice, string][])]}
        onChange={(chosen) => {
          chooseLocale(chosen);
          setLocale(chosen);
        }}
      />
    </>
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
  const [asking, setAsking] = useState(false);
  return (
    <>
      <p className="text-[0.875rem] text-ink-2">{t('sign_out.explain')}</p>
      <div className="flex flex-wrap gap-2">
        <Button look="outline" onClick={() => setAsking(true)}>
          {t('sign_out.here')}
        </Button>
      </div>
      {asking && <SignOutDialog onClose={() => setAsking(false)} />}
    </>
  );
}
