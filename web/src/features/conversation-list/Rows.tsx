/** The rows of the list; long lists draw only what is in view. */
import { Archive, ArrowLeft, MessageCircleQuestion } from 'lucide-react';
import type { ReactElement, RefObject } from 'react';
import { Virtualizer } from 'virtua';
import { type MessageId, useT } from '../../i18n';
import { count } from '../../i18n/dates';
import { useSnapshot } from '../../sdk/store';
import type { ConversationRow as Row } from '../../sdk/types';
import { IconButton } from '../../ui/Button';
import { RowSkeletons } from '../../ui/Skeleton';
import { ConversationRow } from './ConversationRow';
import { useRoving } from './roving';
import { rowsOf, type Section } from './sections';

/** From how many rows on drawing all of them would be felt. */
const MANY = 60;
/** Height of a row in pixels, before it is measured. */
const HEIGHT = 68;

interface RowsProps {
  filter: string;
  section: Section;
  current: string | undefined;
  scroller: RefObject<HTMLElement | null>;
  onSection: (section: Section) => void;
  onStart: () => void;
}

export function Rows({ filter, section, current, scroller, onSection, onStart }: RowsProps) {
  const t = useT();
  const list = useSnapshot({ type: 'conversations' });
  if (!list) return <RowSkeletons />;
  if (list.rows.length === 0 && !filter) return <NoChats onStart={onStart} />;
  if (filter) {
    const wanted = filter.toLocaleLowerCase();
    const found = list.rows.filter((row) => row.name.toLocaleLowerCase().includes(wanted));
    return found.length > 0 ? (
      <List label={t('list.chats')} rows={found} current={current} scroller={scroller} />
    ) : null;
  }
  const rows = rowsOf(list.rows, section);
  if (section !== 'chats') {
    return (
      <>
        <SectionHeading section={section} onBack={() => onSection('chats')} />
        <List label={t(`list.${section}`)} rows={rows} current={current} scroller={scroller} />
      </>
    );
  }
  return (
    <List
      label={t('list.chats')}
      rows={rows}
      before={<Sections rows={list.rows} onSection={onSection} />}
      current={current}
      scroller={scroller}
    />
  );
}

interface ListProps {
  label: string;
  rows: Row[];
  before?: ReactElement;
  current: string | undefined;
  scroller: RefObject<HTMLElement | null>;
}

function List({ label, rows, before, current, scroller }: ListProps) {
  const { stop, keepMounted, handlers } = useRoving({ rows, current, scroller, height: HEIGHT });
  const drawn = (row: Row) => (
    <ConversationRow
      key={row.conversation}
      row={row}
      current={row.conversation === current}
      stop={row.conversation === stop}
    />
  );
  return (
    <nav {...handlers} aria-label={label}>
      {before}
      {rows.length < MANY ? (
        <ul className="flex flex-col gap-0.5">
          {rows.map((row) => (
            <li key={row.conversation}>{drawn(row)}</li>
          ))}
        </ul>
      ) : (
        <Virtualizer
          as="ul"
          item="li"
          data={rows}
          itemSize={HEIGHT}
          scrollRef={scroller}
          bufferSize={400}
          keepMounted={keepMounted}
        >
          {drawn}
        </Virtualizer>
      )}
    </nav>
  );
}

/** Ways to what is not in the list itself. */
function Sections({ rows, onSection }: { rows: Row[]; onSection: (section: Section) => void }) {
  const t = useT();
  const sections: [Section, typeof Archive, MessageId][] = [
    ['requests', MessageCircleQuestion, 'list.requests_count'],
    ['archived', Archive, 'list.archived_count'],
  ];
  return sections.map(([section, Icon, id]) => {
    const own = rowsOf(rows, section);
    if (own.length === 0) return null;
    const unread = own.filter((row) => row.unread > 0 || row.marked_unread).length;
    return (
      <button
        key={section}
        type="button"
        data-row
        onClick={() => onSection(section)}
        className="mb-0.5 flex w-full items-center gap-3 rounded-row px-2.5 py-2 text-start transition-colors hover:bg-hover focus-visible:outline-offset-[-2px]"
      >
        <span className="inline-flex w-12 shrink-0 justify-center text-ink-2">
          <Icon size={19} aria-hidden className={section === 'requests' ? 'text-accent' : ''} />
        </span>
        <span className="min-w-0 flex-1 truncate font-medium">{t(id, { count: own.length })}</span>
        {unread > 0 && (
          <span className="min-w-5 shrink-0 rounded-full bg-badge px-1.5 text-center font-semibold text-[0.75rem] text-ink leading-5 tabular-nums">
            <span aria-hidden>{count(unread)}</span>
            <span className="sr-only">{t('list.unread_chats', { count: unread })}</span>
          </span>
        )}
      </button>
    );
  });
}

function SectionHeading({ section, onBack }: { section: Section; onBack: () => void }) {
  const t = useT();
  return (
    <div className="pb-1.5">
      <div className="flex items-center gap-1.5">
        <IconButton label={t('list.to_chats')} data-row onClick={onBack} autoFocus>
          <ArrowLeft size={19} aria-hidden className="rtl:rotate-180" />
        </IconButton>
        <h2 className="font-semibold">{t(`list.${section as Exclude<Section, 'chats'>}`)}</h2>
      </div>
      {section === 'requests' && (
        <p className="px-2.5 pt-1 pb-1 text-ink-2 text-meta">{t('list.requests_explain')}</p>
      )}
    </div>
  );
}

function NoChats({ onStart }: { onStart: () => void }) {
  const t = useT();
  return (
    <div className="flex flex-col items-center px-6 pt-14 text-center">
      <p className="font-semibold">{t('list.empty_title')}</p>
      <p className="mt-1 text-ink-2 text-meta wide:hidden">{t('list.empty_text')}</p>
      <button
        type="button"
        onClick={onStart}
        className="mt-4 rounded-control bg-accent px-4 py-2 font-medium text-accent-ink hover:bg-accent-strong wide:hidden"
      >
        {t('list.empty_action')}
      </button>
    </div>
  );
}
