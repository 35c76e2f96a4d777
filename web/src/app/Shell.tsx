/** The two panes: list and conversation side by side where there is room, one of them where there is not. */
import { MessagesSquare } from 'lucide-react';
import { useEffect, useState } from 'react';
import { BlockedPeoplePage, ContactsPage } from '../features/contacts/PeoplePage';
import { Sidebar } from '../features/conversation-list/Sidebar';
import { JoinPage } from '../features/links/JoinPage';
import { badgeIcon } from '../features/notifications/favicon';
import { useNotifications } from '../features/notifications/useNotifications';
import { Palette } from '../features/search/Palette';
import { SearchPage } from '../features/search/SearchPage';
import { KeyList } from '../features/settings/KeyList';
import { SettingsPage } from '../features/settings/SettingsPage';
import { useT } from '../i18n';
import { count } from '../i18n/dates';
import { useSnapshot } from '../sdk/store';
import type { Session } from '../sdk/types';
import { Dialog } from '../ui/Dialog';
import { ConversationPage } from './ConversationPage';
import { useAppKeys } from './keys';

export type Page =
  | { show: 'nothing' }
  | { show: 'settings' }
  | { show: 'contacts' }
  | { show: 'blocked' }
  | { show: 'search' }
  | { show: 'join'; fragment: string }
  | { show: 'conversation'; conversation: string };

interface ShellProps {
  session: Extract<Session, { state: 'signed_in' }>;
  page: Page;
}

export function Shell({ session, page }: ShellProps) {
  const t = useT();
  const list = useSnapshot({ type: 'conversations' });
  const [help, setHelp] = useState(false);
  const [finding, setFinding] = useState(false);
  const current = page.show === 'conversation' ? page.conversation : undefined;
  const unread = list?.unread ?? 0;
  useAppKeys({
    rows: list?.rows ?? [],
    current,
    onHelp: () => setHelp(true),
    onFind: () => setFinding(true),
  });
  useNotifications(current);
  useEffect(() => {
    document.title = unread > 0 ? t('app.title_unread', { count: count(unread) }) : t('app.name');
  }, [unread, t]);
  useEffect(() => void badgeIcon(unread), [unread]);

  const side = page.show === 'nothing' ? 'flex' : 'hidden wide:flex';
  const pane = page.show === 'nothing' ? 'hidden wide:flex' : 'flex';
  return (
    <main className="flex h-full">
      <h1 className="sr-only">{t('app.name')}</h1>
      <section
        aria-label={t('list.label')}
        className={`${side} h-full w-full shrink-0 flex-col border-line wide:w-[clamp(17rem,27vw,21.25rem)] wide:border-e`}
      >
        <Sidebar current={current} remindOfCode={Boolean(session.recovery_code)} />
      </section>
      <div className={`${pane} h-full min-w-0 flex-1 flex-col bg-surface`}>
        {page.show === 'conversation' && <ConversationPage key={current} conversation={page.conversation} />}
        {page.show === 'settings' && <SettingsPage me={session.me} />}
        {page.show === 'contacts' && <ContactsPage />}
        {page.show === 'blocked' && <BlockedPeoplePage />}
        {page.show === 'search' && <SearchPage />}
        {page.show === 'join' && <JoinPage key={page.fragment} fragment={page.fragment} />}
        {page.show === 'nothing' && <NothingOpen />}
      </div>
      {finding && <Palette onClose={() => setFinding(false)} />}
      {help && (
        <Dialog title={t('keys.title')} onClose={() => setHelp(false)}>
          <KeyList />
        </Dialog>
      )}
    </main>
  );
}

function NothingOpen() {
  const t = useT();
  return (
    <div className="m-auto flex max-w-72 flex-col items-center px-6 text-center">
      <span className="mb-4 inline-flex size-16 items-center justify-center rounded-full bg-accent-soft text-accent">
        <MessagesSquare size={28} strokeWidth={1.6} aria-hidden />
      </span>
      <h2 className="font-semibold">{t('nothing_open.title')}</h2>
      <p className="mt-1 text-ink-2 text-meta">{t('nothing_open.text')}</p>
    </div>
  );
}
