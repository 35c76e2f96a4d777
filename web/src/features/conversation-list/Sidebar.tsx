/** The left pane: what one searches and starts chats with, the chats, and how the connection is. */
import { Search, Settings, SquarePen, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { SEARCH_FIELD } from '../../app/keys';
import { useT } from '../../i18n';
import { useSnapshot } from '../../sdk/store';
import { IconButton } from '../../ui/Button';
import { overlayOf } from '../../ui/overlay';
import { ConnectionStatus } from '../connection/ConnectionStatus';
import { NewDevicesBanner } from '../devices/NewDevicesBanner';
import { Restoring } from '../history/Restoring';
import { NewChatDialog } from '../new-chat/NewChatDialog';
import { PeopleFound } from '../new-chat/PeopleFound';
import { RecoveryCodeBanner } from '../recovery-code/RecoveryCodeBanner';
import { MessagesFound } from '../search/MessagesFound';
import { Rows } from './Rows';
import { rowsOf, type Section } from './sections';

interface SidebarProps {
  /** The conversation that is open beside the list. */
  current: string | undefined;
  /** Whether the recovery code has yet to be saved. */
  remindOfCode: boolean;
}

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

export function Sidebar({ current, remindOfCode }: SidebarProps) {
  const t = useT();
  const [filter, setFilter] = useState('');
  const [section, setSection] = useState<Section>('chats');
  const [starting, setStarting] = useState(false);
  const rows = useRef<HTMLDivElement>(null);
  const list = useSnapshot({ type: 'conversations' });
  const nothingLeft = section !== 'chats' && list && rowsOf(list.rows, section).length === 0;
  const wanted = filter.trim();

  useEffect(() => {
    if (nothingLeft) setSection('chats');
  }, [nothingLeft]);

  /** Arrow keys walk through the search field and the rows below it. */
  function onKeyDown(event: KeyboardEvent) {
    // Dialogs that the list opens are not in it, though their events pass here.
    if (event.defaultPrevented || event.nativeEvent.isComposing || overlayOf(event.target)) return;
    if (event.key === 'Escape' && (filter || section !== 'chats')) {
      event.preventDefault();
      if (!filter) return setSection('chats');
      document.getElementById(SEARCH_FIELD)?.focus();
      return setFilter('');
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.altKey) return;
    const field = document.getElementById(SEARCH_FIELD);
    const stops = [field, ...(rows.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const next = stops[stops.indexOf(document.activeElement as HTMLElement) + step];
    event.preventDefault();
    next?.focus();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys are a shortcut between controls that have their own
    <div onKeyDown={onKeyDown} className="flex h-full min-h-0 flex-col">
      <header className="flex items-center gap-1.5 px-4 pt-4 pb-2.5">
        <p aria-hidden className="flex-1 text-title">
          {t('app.name')}
        </p>
        <Link
          href="/settings"
          aria-label={t('list.settings')}
          title={t('list.settings')}
          className="inline-flex size-9 items-center justify-center rounded-control text-ink-2 transition-colors hover:bg-hover hover:text-ink"
        >
          <Settings size={19} aria-hidden />
        </Link>
        <IconButton label={t('new_chat.title')} look="accent" onClick={() => setStarting(true)}>
          <SquarePen size={18} aria-hidden />
        </IconButton>
      </header>
      <SearchField value={filter} onChange={setFilter} />
      {remindOfCode && <RecoveryCodeBanner />}
      <NewDevicesBanner />
      <div ref={rows} className="relative min-h-0 flex-1 overflow-y-auto px-2 pb-3">
        <Rows
          filter={wanted}
          section={section}
          current={current}
          scroller={rows}
          onSection={setSection}
          onStart={() => setStarting(true)}
        />
        {wanted && <PeopleFound prefix={wanted} onOpened={() => setFilter('')} heading />}
        {wanted && <MessagesFound query={wanted} />}
      </div>
      <Restoring />
      <ConnectionStatus />
      {starting && <NewChatDialog onClose={() => setStarting(false)} />}
    </div>
  );
}

function SearchField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useT();
  return (
    <search className="relative mx-4 mb-3 block">
      <Search
        size={16}
        aria-hidden
        className="pointer-events-none absolute inset-y-0 start-3.5 my-auto text-ink-3"
      />
      <input
        id={SEARCH_FIELD}
        type="text"
        aria-label={t('list.search')}
        placeholder={t('list.search')}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        autoComplete="off"
        spellCheck={false}
        className="peer h-10 w-full rounded-control border border-line bg-surface ps-10 pe-18 text-[0.875rem] placeholder:text-ink-3 focus-visible:outline-offset-0"
      />
      {value ? (
        <IconButton
          label={t('list.clear_search')}
          onClick={() => onChange('')}
          className="absolute! inset-y-0 end-1 my-auto size-8!"
        >
          <X size={16} aria-hidden />
        </IconButton>
      ) : (
        <kbd
          aria-hidden
          className="pointer-events-none absolute inset-y-0 end-3 my-auto hidden h-fit wide:block rounded-tight border border-line px-1.5 font-sans text-ink-3 text-micro"
        >
          {IS_MAC ? '⌘ K' : 'Ctrl K'}
        </kbd>
      )}
    </search>
  );
}
