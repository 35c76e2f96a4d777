/** The two panes: list and conversation side by side where there is room, one of them where there is not. */
import { MessagesSquare } from 'lucide-react';
import { useEffect, useState } from 'react';
import { BlockedPeoplePage, ContactsPage } from '../features/contacts/PeoplePage';
import { Sidebar } from '../features/conversation-list/Sidebar';
import { JoinPage } from '../features/links/JoinPage';
import { NewChatDialog } from '../features/new-chat/NewChatDialog';
import { badgeIcon } from '../features/notifications/favicon';
import { useNotifications } from '../features/notifications/useNotifications';
import { Palette } from '../features/search/Palette';
import { SearchPage } from '../features/search/SearchPage';
import { KeyList } from '../features/settings/KeyList';
import { SettingsPage } from '../features/settings/SettingsPage';
import { type MessageId, useT } from '../i18n';
import { useSnapshot } from '../sdk/store';
import type { Session } from '../sdk/types';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { ErrorBoundary } from '../ui/ErrorBoundary';
import { OverlayHost } from '../ui/overlay';
import { ConversationPage } from './ConversationPage';
import { useAppKeys } from './keys';
import { usePageFocus } from './page-focus';
import { useTitle } from './title';

export type Page =
  | { show: 'nothing' }
  | { show: 'settings' }
  | { show: 'contacts' }
  | { show: 'blocked' }
  | { show: 'search' }
  | { show: 'join'; fragment: string }
  | { show: 'conversation'; conversation: string };

const TITLES: Record<Page['show'], MessageId | undefined> = {
  nothing: undefined,
  settings: 'settings.title',
  contacts: 'contacts.title',
  blocked: 'blocked_people.title',
  search: 'search.title',
  join: 'app.title_join',
  conversation: 'app.title_chat',
};

interface ShellProps {
  session: Extract<Session, { state: 'signed_in' }>;
  page: Page;
}

export function Shell({ session, page }: ShellProps) {
  const t = useT();
  const list = useSnapshot({ type: 'conversations' });
  const [help, setHelp] = useState(false);
  const [finding, setFinding] = useState(false);
  const [host, setHost] = useState<Element | null>(null);
  const current = page.show === 'conversation' ? page.conversation : undefined;
  const unread = list?.unread ?? 0;
  useAppKeys({
    rows: list?.rows ?? [],
    current,
    onHelp: () => setHelp(true),
    onFind: () => setFinding(true),
  });
  useNotifications(current);
  const title = TITLES[page.show];
  useTitle(title && t(title), unread);
  usePageFocus({ page: page.show, conversation: current });
  useEffect(() => void badgeIcon(unread), [unread]);

  const side = page.show === 'nothing' ? 'flex' : 'hidden wide:flex';
  const pane = page.show === 'nothing' ? 'hidden wide:flex' : 'flex';
  return (
    <main className="flex h-full">
      <OverlayHost value={host}>
        <h1 className="sr-only">{t('app.name')}</h1>
        <section
          data-pane
          tabIndex={-1}
          aria-label={t('list.label')}
          className={`${side} h-full w-full shrink-0 flex-col border-line focus-visible:outline-none wide:w-[clamp(17rem,27vw,21.25rem)] wide:border-e`}
        >
          <Sidebar current={current} remindOfCode={Boolean(session.recovery_code)} />
        </section>
        <div
          data-pane
          tabIndex={-1}
          className={`${pane} h-full min-w-0 flex-1 flex-col bg-surface focus-visible:outline-none`}
        >
          <ErrorBoundary key={`${page.show} ${current}`}>
            <Shown page={page} session={session} />
          </ErrorBoundary>
        </div>
        {finding && <Palette onClose={() => setFinding(false)} />}
        {help && (
          <Dialog title={t('keys.title')} onClose={() => setHelp(false)}>
            <KeyList />
          </Dialog>
        )}
        <div ref={setHost} className="contents" />
      </OverlayHost>
    </main>
  );
}

function Shown({ page, session }: ShellProps) {
  switch (page.show) {
    case 'conversation':
      return <ConversationPage conversation={page.conversation} />;
    case 'settings':
      return <SettingsPage me={session.me} />;
    case 'contacts':
      return <ContactsPage />;
    case 'blocked':
      return <BlockedPeoplePage />;
    case 'search':
      return <SearchPage />;
    case 'join':
      return <JoinPage key={page.fragment} fragment={page.fragment} />;
    case 'nothing':
      return <NothingOpen />;
  }
}

/** Beside the list while no chat is open: what to do next. */
function NothingOpen() {
  const t = useT();
  const list = useSnapshot({ type: 'conversations' });
  const [starting, setStarting] = useState(false);
  if (!list) return null;
  const fresh = list.rows.length === 0;
  return (
    <div className="m-auto flex max-w-72 flex-col items-center px-6 text-center">
      <span className="mb-4 inline-flex size-16 items-center justify-center rounded-full bg-accent-soft text-accent">
        <MessagesSquare size={28} strokeWidth={1.6} aria-hidden />
      </span>
      <h2 className="font-semibold">{t(fresh ? 'welcome.title' : 'nothing_open.title')}</h2>
      <p className="mt-1 text-ink-2 text-meta">{t(fresh ? 'list.empty_text' : 'nothing_open.text')}</p>
      {fresh && (
        <Button className="mt-4" onClick={() => setStarting(true)}>
          {t('list.empty_action')}
        </Button>
      )}
      {starting && <NewChatDialog onClose={() => setStarting(false)} />}
    </div>
  );
}
