import { AtSign, Ban, BellOff, EllipsisVertical, Pin } from 'lucide-react';
import { memo, useState } from 'react';
import { Link } from 'wouter';
import { useT } from '../../i18n';
import { count, shortDate } from '../../i18n/dates';
import type { ConversationRow as Row } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { IconButton } from '../../ui/Button';
import type { MenuPlace } from '../../ui/Menu';
import { Ticks } from '../../ui/Ticks';
import { typingText } from '../conversation/presence';
import { textOrMedia } from '../media/words';
import { ConversationMenu } from './ConversationMenu';
import { useLongPress } from './long-press';
import { isMuted } from './sections';

interface ConversationRowProps {
  row: Row;
  /** It is the one that is open. */
  current: boolean;
  /** Tab reaches the list here. */
  stop: boolean;
}

/** One conversation in the list; drawn anew only when it changed, not while the list scrolls. */
export const ConversationRow = memo(function ConversationRow({ row, current, stop }: ConversationRowProps) {
  const t = useT();
  const [menu, setMenu] = useState<MenuPlace>();
  const press = useLongPress(setMenu);
  const unread = row.unread > 0 || row.marked_unread;
  return (
    <div data-conversation-row={row.conversation} className="group relative">
      <Link
        href={`/c/${row.conversation}`}
        data-row
        data-conversation={row.conversation}
        tabIndex={stop ? 0 : -1}
        draggable={false}
        aria-current={current ? 'page' : undefined}
        {...press}
        className={`flex items-center gap-3 no-callout rounded-row px-2.5 py-2.5 transition-colors focus-visible:outline-offset-[-2px] ${current ? 'bg-raised shadow-row' : menu ? 'bg-hover' : 'hover:bg-hover'}`}
      >
        <Avatar
          id={row.peer?.account ?? row.conversation}
          name={row.name}
          picture={row.peer?.picture ?? row.picture}
          online={row.presence?.online}
          onto={current ? 'ring-raised' : 'ring-background group-hover:ring-hover'}
        />
        <span className="flex min-w-0 flex-1 flex-col">
          <span className="flex items-baseline gap-2">
            <span className="flex min-w-0 flex-1 items-center gap-1.5">
              <span className={`truncate ${unread ? 'font-bold' : 'font-semibold'}`} dir="auto">
                {row.name}
              </span>
              {row.presence?.online && <span className="sr-only">{t('conversation.online')}</span>}
              {isMuted(row) && (
                <BellOff
                  size={13}
                  role="img"
                  aria-hidden={false}
                  aria-label={t('list.muted')}
                  className="shrink-0 text-ink-3"
                />
              )}
            </span>
            <time
              className="shrink-0 text-[0.75rem] text-ink-3 tabular-nums"
              dateTime={new Date(row.time).toISOString()}
            >
              {shortDate(row.time)}
            </time>
          </span>
          <span className="flex h-[1.375rem] items-center gap-1.5">
            <span className="flex min-w-0 flex-1 items-center gap-1 text-[0.875rem] text-ink-2">
              <Preview row={row} />
            </span>
            <Marks row={row} />
          </span>
        </span>
      </Link>
      <IconButton
        label={t('list.more', { name: row.name })}
        tabIndex={-1}
        aria-haspopup="menu"
        aria-expanded={menu !== undefined}
        onClick={(event) => setMenu(event.currentTarget.getBoundingClientRect())}
        className="pointer-events-none absolute! end-2 bottom-2 size-7! rounded-tight! bg-hover opacity-0 focus-visible:pointer-events-auto focus-visible:opacity-100 group-hover:pointer-events-auto group-hover:opacity-100 aria-expanded:pointer-events-auto aria-expanded:opacity-100 pointer-coarse:hidden"
      >
        <EllipsisVertical size={17} aria-hidden />
      </IconButton>
      {menu && <ConversationMenu row={row} place={menu} onClose={() => setMenu(undefined)} />}
    </div>
  );
});

/** What stands at the end of the second line. */
function Marks({ row }: { row: Row }) {
  const t = useT();
  const quiet = isMuted(row) || row.archived || row.request;
  return (
    <>
      {row.mentioned && (
        <span className="inline-flex size-5 shrink-0 items-center justify-center rounded-full bg-accent text-accent-ink">
          <AtSign
            size={13}
            strokeWidth={2.4}
            role="img"
            aria-hidden={false}
            aria-label={t('list.mentioned')}
          />
        </span>
      )}
      {row.unread > 0 && (
        <span
          className={`min-w-5 shrink-0 rounded-full px-1.5 text-center font-semibold text-[0.75rem] leading-5 tabular-nums ${quiet ? 'bg-badge text-ink' : 'bg-accent text-accent-ink'}`}
        >
          <span aria-hidden>{row.unread > 999 ? `${count(999)}+` : count(row.unread)}</span>
          <span className="sr-only">{t('list.unread', { count: row.unread })}</span>
        </span>
      )}
      {row.unread === 0 && row.marked_unread && (
        <span className={`mx-1 size-3 shrink-0 rounded-full ${quiet ? 'bg-line-strong' : 'bg-accent'}`}>
          <span className="sr-only">{t('list.marked_unread')}</span>
        </span>
      )}
      {row.pinned && !row.archived && (
        <Pin
          size={14}
          role="img"
          aria-hidden={false}
          aria-label={t('list.pinned')}
          className="shrink-0 rotate-45 text-ink-3"
        />
      )}
    </>
  );
}

function Preview({ row }: { row: Row }) {
  const t = useT();
  if (row.requested) return <span className="truncate text-accent">{t('list.requested')}</span>;
  if (row.joining) return <span className="truncate text-accent">{t('list.joining')}</span>;
  if (row.blocked) {
    return (
      <>
        <Ban size={14} aria-hidden className="shrink-0 text-ink-3" />
        <span className="truncate">{t('list.blocked')}</span>
      </>
    );
  }
  if (row.join_requests > 0) {
    return (
      <span className="truncate text-accent">{t('join_requests.count', { count: row.join_requests })}</span>
    );
  }
  if (row.typing.length > 0) return <span className="truncate text-accent">{typingText(row, t)}</span>;
  if (row.draft) {
    return (
      <>
        <span className="shrink-0 font-medium text-accent">{t('list.draft')} </span>
        <Text>{row.draft}</Text>
      </>
    );
  }
  if (!row.last) return <span className="truncate">{t('list.no_messages')}</span>;
  const { sender, text, media, delivery } = row.last;
  return (
    <>
      {delivery && <Ticks delivery={delivery} />}
      {sender && (
        <span className="max-w-1/2 shrink-0 truncate">
          <bdi>{sender}</bdi>
          {t('list.after_sender')}{' '}
        </span>
      )}
      <Text>{textOrMedia(text, media, t)}</Text>
    </>
  );
}

/** In its own direction, so that its end is left out and not its beginning. */
function Text({ children }: { children: string }) {
  return (
    <span className="truncate" dir="auto">
      {children}
    </span>
  );
}
