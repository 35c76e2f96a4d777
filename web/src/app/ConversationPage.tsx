/** One conversation: who it is with, what was said, and what is being written. */
import { ArrowLeft, LockKeyhole } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { Composer } from '../features/composer/Composer';
import { useConnectionToShow } from '../features/connection/ConnectionStatus';
import { DetailsDialog } from '../features/details/DetailsDialog';
import { Timeline } from '../features/timeline/Timeline';
import { useT } from '../i18n';
import { useSnapshot } from '../sdk/store';
import type { ConversationRow } from '../sdk/types';
import { Avatar } from '../ui/Avatar';
import { Skeleton } from '../ui/Skeleton';

export function ConversationPage({ conversation }: { conversation: string }) {
  const t = useT();
  const list = useSnapshot({ type: 'conversations' });
  const row = list?.rows.find((other) => other.conversation === conversation);
  useCloseOnEscape();

  if (list && !row) {
    return (
      <div className="m-auto px-6 text-center">
        <h2 className="font-semibold">{t('conversation.missing_title')}</h2>
        <p className="mt-1 text-ink-2 text-meta">{t('conversation.missing_text')}</p>
        <Link href="/" className="mt-4 inline-block font-medium text-accent hover:underline">
          {t('conversation.missing_action')}
        </Link>
      </div>
    );
  }
  return (
    <>
      <Header row={row} />
      {row ? <Content row={row} /> : <div className="flex-1" />}
    </>
  );
}

function Content({ row }: { row: ConversationRow }) {
  const t = useT();
  const unread = useRef(row.unread).current;
  return (
    <>
      <Timeline
        conversation={row.conversation}
        name={row.name}
        group={row.kind === 'group'}
        unread={unread}
      />
      {row.joining || row.ended ? (
        <p role="status" className="px-6 pt-2 pb-6 text-center text-ink-2 text-meta">
          {t(row.joining ? 'conversation.joining' : 'conversation.ended')}
        </p>
      ) : (
        <div className="shrink-0 wide:px-6">
          <Composer conversation={row.conversation} name={row.name} />
        </div>
      )}
    </>
  );
}

function Header({ row }: { row: ConversationRow | undefined }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  return (
    <header className="flex h-16.5 shrink-0 items-center gap-1 border-line border-b px-2 wide:px-3">
      <Link
        href="/"
        aria-label={t('nav.back')}
        className="inline-flex size-10 shrink-0 items-center justify-center rounded-control text-ink-2 hover:bg-hover hover:text-ink wide:hidden"
      >
        <ArrowLeft size={20} aria-hidden className="rtl:rotate-180" />
      </Link>
      {row ? (
        <button
          type="button"
          aria-label={t('conversation.details', { name: row.name })}
          onClick={() => setOpen(true)}
          className="flex min-w-0 items-center gap-3 rounded-row py-1.5 ps-2 pe-3.5 text-start transition-colors hover:bg-hover focus-visible:outline-offset-[-2px]"
        >
          <Avatar id={row.peer?.account ?? row.conversation} name={row.name} size="medium" />
          <span className="flex min-w-0 flex-col">
            <h2 className="truncate font-semibold leading-5" dir="auto">
              {row.name}
            </h2>
            <Subtitle row={row} />
          </span>
        </button>
      ) : (
        <div className="flex items-center gap-3 ps-2">
          <Skeleton className="size-10 rounded-full" />
          <Skeleton className="h-4 w-36" />
        </div>
      )}
      {open && row && <DetailsDialog conversation={row.conversation} onClose={() => setOpen(false)} />}
    </header>
  );
}

function Subtitle({ row }: { row: ConversationRow }) {
  const t = useT();
  const details = useSnapshot({ type: 'details', conversation: row.conversation });
  const connection = useConnectionToShow();
  const members = row.kind === 'group' ? details?.members.length : undefined;
  const protection = members
    ? t('conversation.group_encrypted', { count: members })
    : t('conversation.encrypted');
  return (
    <span className="flex items-center gap-1.5 text-ink-2 text-meta">
      <LockKeyhole size={12} aria-hidden className="shrink-0 text-accent" />
      {/* The list, which says how the connection is, is not in view on narrow screens. */}
      <span className={`truncate ${connection ? 'hidden wide:inline' : ''}`}>{protection}</span>
      {connection && <span className="truncate wide:hidden">{t(`connection.short.${connection}`)}</span>}
    </span>
  );
}

/** Escape leaves the conversation, unless something in it takes the key. */
function useCloseOnEscape() {
  const [, navigate] = useLocation();
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
      if (event.target instanceof HTMLInputElement) return;
      navigate('/');
    }
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [navigate]);
}
