/** Says that someone signed in on a device that this one has not seen before. */
import { ShieldAlert } from 'lucide-react';
import { Link } from 'wouter';
import { useT } from '../../i18n';
import { listOf } from '../../i18n/dates';
import { useCommand } from '../../sdk/store';
import { Button } from '../../ui/Button';
import { deviceName, useDevices } from './devices';

export function NewDevicesBanner() {
  const t = useT();
  const run = useCommand();
  const news = useDevices()?.filter((device) => device.is_new) ?? [];
  if (news.length === 0) return null;
  return (
    <section
      aria-label={t('new_device.title')}
      className="mx-4 mb-2 rounded-row bg-warning-soft px-3.5 py-3 text-meta"
    >
      <div className="flex gap-3">
        <ShieldAlert size={18} aria-hidden className="mt-0.5 shrink-0 text-unread" />
        <p>
          <span className="block font-semibold text-ink">{t('new_device.title')}</span>
          <span className="block text-ink-2">
            {t('new_device.text', { devices: listOf(news.map((device) => deviceName(device, t))) })}
          </span>
        </p>
      </div>
      <div className="mt-1.5 flex flex-wrap justify-end gap-1">
        <Button
          look="quiet"
          className="min-h-9! text-meta!"
          onClick={() => void run({ command: 'acknowledge_devices' })}
        >
          {t('new_device.mine')}
        </Button>
        <Link
          href="/settings"
          className="inline-flex min-h-9 items-center rounded-control px-4 font-medium text-danger hover:bg-hover"
        >
          {t('new_device.look')}
        </Link>
      </div>
    </section>
  );
}
