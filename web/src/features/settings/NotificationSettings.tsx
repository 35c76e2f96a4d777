/** What notifications say, and whether this browser may show them. */
import { useState } from 'react';
import { useT } from '../../i18n';
import type { Notifications } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Skeleton } from '../../ui/Skeleton';
import { useSettings } from './account-settings';

type Permission = NotificationPermission | 'unsupported';

function permissionNow(): Permission {
  return 'Notification' in globalThis ? Notification.permission : 'unsupported';
}

export function NotificationSettings() {
  const t = useT();
  const [settings, change] = useSettings();
  const [permission, setPermission] = useState(permissionNow);

  async function ask() {
    if (permissionNow() === 'default') await Notification.requestPermission();
    setPermission(permissionNow());
  }

  if (!settings) return <Skeleton className="h-40" />;
  const levels: Notifications[] = ['full', 'discreet', 'off'];
  return (
    <>
      <fieldset className="-mx-2.5 flex flex-col">
        <legend className="sr-only">{t('notifications.title')}</legend>
        {levels.map((level) => (
          <label
            key={level}
            className="relative flex cursor-pointer items-start gap-3 rounded-row px-2.5 py-2 transition-colors hover:bg-hover"
          >
            <input
              type="radio"
              name="notifications"
              checked={settings.notifications === level}
              onChange={() => {
                void change({ notifications: level });
                if (level !== 'off') void ask();
              }}
              aria-label={t(`notifications.${level}`)}
              aria-describedby={`notifications-${level}`}
              className="mt-1 size-4 accent-accent"
            />
            <span>
              <span className="block font-medium">{t(`notifications.${level}`)}</span>
              <span id={`notifications-${level}`} className="block text-ink-2 text-meta">
                {t(`notifications.${level}_hint`)}
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      {settings.notifications !== 'off' && permission === 'default' && (
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="min-w-56 flex-1 text-[0.875rem] text-ink-2">{t('notifications.not_asked')}</p>
          <Button look="outline" onClick={() => void ask()}>
            {t('notifications.allow')}
          </Button>
        </div>
      )}
      {settings.notifications !== 'off' && permission === 'denied' && (
        <Callout kind="note">{t('notifications.denied')}</Callout>
      )}
      {settings.notifications !== 'off' && permission === 'unsupported' && (
        <Callout kind="note">{t('notifications.unsupported')}</Callout>
      )}
    </>
  );
}
