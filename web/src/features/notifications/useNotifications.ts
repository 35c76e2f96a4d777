/** Notifications while the app is open somewhere in this browser. */
import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { t } from '../../i18n';
import { useSnapshot } from '../../sdk/store';
import type { ConversationRow, Notifications } from '../../sdk/types';
import { useIsRestoring } from '../history/archive';
import { textOrMedia } from '../media/words';
import { usePageSeen } from '../timeline/visible';
import { news } from './news';
import { keepNotification, takeBackNotification } from './shown';
import { becomeNotifier, isLookedAt, lookAt } from './tabs';

/** Path of the app's icon in notifications. */
const ICON = '/icon-192.png';

export function useNotifications(current: string | undefined): void {
  const list = useSnapshot({ type: 'conversations' });
  const level = useSnapshot({ type: 'settings' })?.notifications ?? 'off';
  const [, navigate] = useLocation();
  const notifies = useRef(false);
  const before = useRef<ConversationRow[]>(undefined);
  const seen = usePageSeen();
  // What was said before this device came is no news.
  const restoring = useIsRestoring();

  useEffect(
    () =>
      becomeNotifier(() => {
        notifies.current = true;
      }),
    [],
  );

  useEffect(() => {
    // From the service worker, when a notification that it showed was pressed.
    function onMessage({ data }: MessageEvent<{ open?: string }>) {
      if (data.open?.startsWith('/c/')) navigate(data.open);
    }
    navigator.serviceWorker?.addEventListener('message', onMessage);
    return () => navigator.serviceWorker?.removeEventListener('message', onMessage);
  }, [navigate]);

  useEffect(() => {
    if (seen && current) return lookAt(current);
  }, [seen, current]);

  useEffect(() => {
    if (!list) return;
    const fresh = before.current ? news(before.current, list.rows) : [];
    before.current = list.rows;
    closeRead(list.rows);
    if (!notifies.current || restoring || level === 'off' || !isAllowed()) return;
    for (const row of fresh) {
      void isLookedAt(row.conversation).then((looked) => {
        if (!looked) notify(row, level, navigate);
      });
    }
  }, [list, level, restoring, navigate]);
}

function isAllowed(): boolean {
  return 'Notification' in globalThis && Notification.permission === 'granted';
}

/** What was read, here or on another device, needs no notification any more. */
function closeRead(rows: ConversationRow[]): void {
  for (const row of rows) if (row.unread === 0) takeBackNotification(row.conversation);
}

/** A title and what is below it: as much as the person wants to have on the screen. */
export function wordsOf(row: ConversationRow, level: Exclude<Notifications, 'off'>): [string, string] {
  if (level === 'discreet' || !row.last) return [t('app.name'), t('notifications.new_message')];
  const { sender, media } = row.last;
  const text = textOrMedia(row.last.text, media, t);
  return [row.name, sender ? t('list.preview', { sender, text }) : text];
}

function notify(
  row: ConversationRow,
  level: Exclude<Notifications, 'off'>,
  navigate: (path: string) => void,
): void {
  const [title, body] = wordsOf(row, level);
  const path = `/c/${row.conversation}`;
  // One of each conversation: a newer one takes the place of the one before.
  const options = { body, tag: row.conversation, icon: ICON, data: path };
  try {
    const notification = new Notification(title, options);
    notification.onclick = () => {
      window.focus();
      navigate(path);
      notification.close();
    };
    keepNotification(row.conversation, notification);
  } catch {
    // Browsers of phones show them through the service worker alone.
    void navigator.serviceWorker?.ready.then((worker) => worker.showNotification(title, options));
  }
}
