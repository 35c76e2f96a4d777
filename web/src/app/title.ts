/** What the browser shows as the title of the page. */
import { useEffect } from 'react';
import { useT } from '../i18n';
import { count } from '../i18n/dates';

/**
 * Titles the page: the number of unread messages, what is shown, the app. No names of people and chats: browsers keep
 * titles in their history and carry them to other devices.
 */
export function useTitle(page: string | undefined, unread = 0): void {
  const t = useT();
  useEffect(() => {
    const title = page ? t('app.title_page', { page }) : t('app.name');
    document.title = unread > 0 ? t('app.title_unread', { count: count(unread), title }) : title;
  }, [page, unread, t]);
}
