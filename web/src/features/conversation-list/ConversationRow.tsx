/** One conversation in the list. */
import { Link } from 'wouter';
import { useT } from '../../i18n';
import { shortDate } from '../../i18n/dates';
import type { ConversationRow as Row } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { Ticks } from '../../ui/Ticks';

export function ConversationRow({ row, current }: { row: Row; current: boolean }) {
  const t = useT();
  return (
    <li>
      <Link
        href={`/c/${row.conversation}`}
        data-row
        aria-current={current ? 'page' : undefined}
        className={`flex items-center gap-3 rounded-row px-2.5 py-2.5 transition-colors focus-visible:outline-offset-[-2px] ${current ? 'bg-raised shadow-row' : 'hover:bg-hover'}`}
      >
        <Avatar id={row.peer?.account ?? row.conversation} name={row.name} />
        <span className="flex min-w-0 flex-1 flex-col">
          <span className="flex items-baseline gap-2">
            <span className="min-w-0 flex-1 truncate font-semibold" dir="auto">
              {row.name}
            </span>
            <time
              className="shrink-0 text-[0.75rem] text-ink-3 tabular-nums"
              dateTime={new Date(row.time).toISOString()}
            >
              {shortDate(row.time)}
            </time>
          </span>
          <span className="flex h-[1.375rem] items-center gap-2">
            <span className="flex min-w-0 flex-1 items-center gap-1.5 text-[0.875rem] text-ink-2">
              <Preview row={row} />
            </span>
            {row.unread > 0 && (
              <span className="min-w-5 shrink-0 rounded-full bg-accent px-1.5 text-center font-semibold text-[0.75rem] text-accent-ink leading-5 tabular-nums">
                <span aria-hidden>{row.unread > 999 ? '999+' : row.unread}</span>
                <span className="sr-only">{t('list.unread', { count: row.unread })}</span>
              </span>
            )}
          </span>
        </span>
      </Link>
    </li>
  );
}

function Preview({ row }: { row: Row }) {
  const t = useT();
  if (row.joining) return <span className="truncate text-accent">{t('list.joining')}</span>;
  if (row.draft) {
    return (
      <span className="truncate" dir="auto">
        <span className="font-medium text-ink">{t('list.draft')}</span> {row.draft}
      </span>
    );
  }
  if (!row.last) return <span className="truncate">{t('list.no_messages')}</span>;
  const { sender, text, delivery } = row.last;
  return (
    <>
      {delivery && <Ticks delivery={delivery} />}
      <span className="truncate" dir="auto">
        {sender ? t('list.preview', { sender, text }) : text}
      </span>
    </>
  );
}
