/** The devices on which the person is signed in: names, when they were there, and the way to link or remove one. */
import { Laptop, type LucideIcon, MonitorSmartphone, Pencil, Plus, Smartphone, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useT } from '../../i18n';
import { fullDate } from '../../i18n/dates';
import { useCommand } from '../../sdk/store';
import type { OwnDevice } from '../../sdk/types';
import { Button, IconButton } from '../../ui/Button';
import { Skeleton } from '../../ui/Skeleton';
import { deviceName, seenText, useDevices } from './devices';
import { LinkDialog } from './LinkDialog';
import { RenameDialog } from './RenameDialog';
import { RevokeDialog } from './RevokeDialog';

/** How often it is asked when devices were there while the list is shown, in milliseconds. */
const READ_EVERY = 15_000;

type Open =
  | { what: 'link' }
  | { what: 'rename'; device: OwnDevice }
  | { what: 'revoke'; devices: OwnDevice[] };

export function Devices() {
  const t = useT();
  const run = useCommand();
  const devices = useDevices();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);

  useEffect(() => {
    const read = () => void run({ command: 'read_devices' });
    read();
    const reading = setInterval(read, READ_EVERY);
    return () => clearInterval(reading);
  }, [run]);

  if (!devices) return <Skeleton className="h-32" />;
  const others = devices.filter((device) => !device.this);
  return (
    <>
      <ul className="-my-1.5 divide-y divide-line">
        {devices.map((device) => (
          <Row
            key={device.device}
            device={device}
            onRename={() => setOpen({ what: 'rename', device })}
            onRevoke={() => setOpen({ what: 'revoke', devices: [device] })}
          />
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button
          look="outline"
          icon={<Plus size={18} aria-hidden />}
          onClick={() => setOpen({ what: 'link' })}
        >
          {t('link.title')}
        </Button>
        {others.length > 1 && (
          <Button
            look="outline"
            className="text-danger!"
            onClick={() => setOpen({ what: 'revoke', devices: others })}
          >
            {t('devices.remove_others')}
          </Button>
        )}
      </div>
      {open?.what === 'link' && <LinkDialog onClose={close} />}
      {open?.what === 'rename' && <RenameDialog device={open.device} onClose={close} />}
      {open?.what === 'revoke' && <RevokeDialog devices={open.devices} onClose={close} />}
    </>
  );
}

interface RowProps {
  device: OwnDevice;
  onRename: () => void;
  onRevoke: () => void;
}

function Row({ device, onRename, onRevoke }: RowProps) {
  const t = useT();
  const name = deviceName(device, t);
  const Icon = iconOf(device.platform);
  const details = [
    device.name && device.platform,
    device.this ? undefined : seenText(device, t),
    device.added === null ? undefined : t('devices.added', { when: fullDate(device.added) }),
  ].filter(Boolean);
  return (
    <li className="flex items-center gap-3 py-2.5">
      <span
        className={`flex size-10 shrink-0 items-center justify-center rounded-full ${device.is_new ? 'bg-warning-soft text-unread' : 'bg-accent-soft text-accent'}`}
      >
        <Icon size={19} aria-hidden />
      </span>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 font-medium">
          <span className="min-w-0 break-words">{name}</span>
          {device.this && <Mark text={t('devices.this')} look="bg-accent-soft text-accent" />}
          {device.is_new && <Mark text={t('devices.new')} look="bg-warning-soft text-ink" />}
        </p>
        <p className="text-ink-2 text-meta">{details.join(' · ')}</p>
      </div>
      <IconButton label={t('devices.rename', { name })} onClick={onRename}>
        <Pencil size={17} aria-hidden />
      </IconButton>
      {!device.this && (
        <IconButton label={t('devices.remove', { name })} onClick={onRevoke} className="hover:text-danger!">
          <Trash2 size={17} aria-hidden />
        </IconButton>
      )}
    </li>
  );
}

function Mark({ text, look }: { text: string; look: string }) {
  return <span className={`rounded-full px-2 py-0.5 font-medium text-micro ${look}`}>{text}</span>;
}

function iconOf(platform: string): LucideIcon {
  if (/iPhone|Android/.test(platform)) return Smartphone;
  return /Windows|macOS|Linux|ChromeOS/.test(platform) ? Laptop : MonitorSmartphone;
}
