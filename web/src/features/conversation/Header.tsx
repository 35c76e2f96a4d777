/** Above a conversation: who it is with, whether they are there, how it is protected, and what can be done here. */
import { ArrowLeft, EllipsisVertical, LockKeyhole, Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { isLetter } from '../../app/keys';
import { useT } from '../../i18n';
import type { ConversationRow } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { IconButton } from '../../ui/Button';
import { isCovered } from '../../ui/overlay';
import { Skeleton } from '../../ui/Skeleton';
import { useConnectionToShow } from '../connection/ConnectionStatus';
import { DetailsDialog } from '../details/DetailsDialog';
import { HeaderMenu } from './HeaderMenu';
import { JumpToDateDialog } from './JumpToDateDialog';
import { presenceText, typingText } from './presence';

interface HeaderProps {
  row: ConversationRow | undefined;
  /** Goes to a message. */
  onJump: (key: string) => void;
}

export function Header({ row, onJump }: HeaderProps) {
  const t = useT();
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
        <Known row={row} onJump={onJump} />
      ) : (
        <div className="flex items-center gap-3 ps-2">
          <Skeleton round className="size-10" />
          <Skeleton className="h-4 w-36" />
        </div>
      )}
    </header>
  );
}

function Known({ row, onJump }: { row: ConversationRow; onJump: (key: string) => void }) {
  const t = useT();
  const [, navigate] = useLocation();
  const [shown, setShown] = useState<'details' | 'date'>();
  const [place, setPlace] = useState<DOMRect>();
  const search = `/search?in=${row.conversation}`;
  useSearchKey(search);
  return (
    <>
      <button
        type="button"
        aria-label={t('conversation.details', { name: row.name })}
        onClick={() => setShown('details')}
        className="flex min-w-0 items-center gap-3 rounded-row py-1.5 ps-2 pe-3.5 text-start transition-colors hover:bg-hover focus-visible:outline-offset-[-2px]"
      >
        <Avatar
          id={row.peer?.account ?? row.conversation}
          name={row.name}
          picture={row.peer?.picture ?? row.picture}
          online={row.presence?.online}
          onto="ring-surface"
          size="medium"
        />
        <span className="flex min-w-0 flex-col">
          <h2 className="max-w-full self-start truncate font-semibold leading-5" dir="auto">
            {row.name}
          </h2>
          <Subtitle row={row} />
        </span>
      </button>
      <span className="flex-1" />
      <IconButton
        label={t('conversation.search')}
        onClick={() => navigate(search)}
        className="size-10! max-[400px]:hidden"
      >
        <Search size={19} aria-hidden />
      </IconButton>
      <IconButton
        label={t('conversation.menu')}
        aria-haspopup="menu"
        onClick={(event) => setPlace(event.currentTarget.getBoundingClientRect())}
        className="size-10!"
      >
        <EllipsisVertical size={19} aria-hidden />
      </IconButton>
      {place && (
        <HeaderMenu
          row={row}
          place={place}
          onClose={() => setPlace(undefined)}
          onShow={(what) => {
            setPlace(undefined);
            setShown(what);
          }}
        />
      )}
      {shown === 'details' && (
        <DetailsDialog conversation={row.conversation} onClose={() => setShown(undefined)} />
      )}
      {shown === 'date' && (
        <JumpToDateDialog
          conversation={row.conversation}
          onJump={onJump}
          onClose={() => setShown(undefined)}
        />
      )}
    </>
  );
}

/** The lock stays; beside it is said what matters most now. */
function Subtitle({ row }: { row: ConversationRow }) {
  const t = useT();
  const connection = useConnectionToShow();
  const protection = row.members
    ? t('conversation.group_encrypted', { count: row.members })
    : t('conversation.encrypted');
  const brief = row.members ? t('details.members', { count: row.members }) : protection;
  const typing = typingText(row, t);
  const presence = presenceText(row.presence, t);
  return (
    <span className="flex items-center gap-1.5 text-ink-2 text-meta">
      <LockKeyhole size={12} aria-hidden className="shrink-0 text-accent" />
      {/* The list, which says how the connection is, is not in view on narrow screens. */}
      <span className={`truncate ${connection ? 'hidden wide:inline' : ''}`}>
        {typing ? (
          <span className="text-accent">{typing}</span>
        ) : (
          <>
            <span className="max-[400px]:hidden">{[presence, protection].filter(Boolean).join(' · ')}</span>
            <span className="hidden max-[400px]:inline">{presence || brief}</span>
          </>
        )}
      </span>
      {connection && <span className="truncate wide:hidden">{t(`connection.short.${connection}`)}</span>}
    </span>
  );
}

/** Ctrl+F searches here: the browser's own search would see only what is drawn. */
function useSearchKey(search: string): void {
  const [, navigate] = useLocation();
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const wanted = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
      if (!wanted || !isLetter(event, 'f') || isCovered()) return;
      event.preventDefault();
      navigate(search);
    }
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [search, navigate]);
}
