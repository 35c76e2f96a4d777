/** The devices of the account, as the person knows them. */
import type { Translate } from '../../i18n';
import { fullDate } from '../../i18n/dates';
import { useSnapshot } from '../../sdk/store';
import type { OwnDevice } from '../../sdk/types';

export function useDevices(): OwnDevice[] | undefined {
  return useSnapshot({ type: 'devices' })?.devices;
}

/** What a device is called: by the person, or after what it runs on. */
export function deviceName(device: Pick<OwnDevice, 'name' | 'platform'>, t: Translate): string {
  return device.name || device.platform || t('devices.unknown');
}

/** When a device was last there. */
export function seenText(device: OwnDevice, t: Translate): string {
  if (device.connected) return t('devices.active');
  if (device.last_seen !== null) return t('devices.seen', { when: fullDate(device.last_seen) });
  return t('devices.never_seen');
}
