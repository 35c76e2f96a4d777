/** One item of a timeline with what stands above it. */
import { memo } from 'react';
import { useT } from '../../i18n';
import { clock, longDate } from '../../i18n/dates';
import type { Delivery, ItemContent, Person } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { Ticks } from '../../ui/Ticks';
import { FailedActions } from './FailedActions';
import { LinkedText } from './LinkedText';
import { NoticeLine } from './NoticeLine';
import type { Row } from './rows';

interface MessageRowProps {
  row: Row;
  conversation: string;
  /** Senders are named in groups; in a direct chat there is only one. */
  group: boolean;
}

export const MessageRow = memo(MessageRowView, (a, b) => JSON.stringify(a) === JSON.stringify(b));

function MessageRowView({ row, conversation, group }: MessageRowProps) {
  const t = useT();
  const { content, time, key } = row.item;
  return (
    <div className="mx-auto w-full max-w-[47.5rem]">
      {row.day && (
        <p className="pt-6 pb-3 text-center font-medium text-[0.75rem] text-ink-2">{longDate(time)}</p>
      )}
      {row.unread && (
        <div className="flex items-center gap-3 py-4 font-semibold text-[0.75rem] text-unread">
          <span className="h-px flex-1 bg-unread/50" />
          {t('timeline.new_messages')}
          <span className="h-px flex-1 bg-unread/50" />
        </div>
      )}
      {content.type === 'notice' ? (
        <NoticeLine notice={content} />
      ) : (
        <Message content={content} row={row} group={group} conversation={conversation} id={key} />
      )}
    </div>
  );
}

interface MessageProps {
  content: Exclude<ItemContent, { type: 'notice' }>;
  row: Row;
  group: boolean;
  conversation: string;
  id: string;
}

function Message({ content, row, group, conversation, id }: MessageProps) {
  const own = content.type === 'message' && content.own;
  const named = group && !own;
  const failed = content.type === 'message' && content.delivery === 'failed';
  return (
    <article
      aria-label={`${content.sender.display_name}, ${clock(row.item.time)}`}
      className={`flex flex-col ${row.first ? 'pt-2.5' : 'pt-0.5'} ${own ? 'items-end' : 'items-start'}`}
    >
      {named && row.first && <Sender person={content.sender} />}
      <div className={`flex max-w-[min(100%,36rem)] items-end gap-2 ${own ? 'ps-11' : 'pe-6'}`}>
        {named && (row.last ? <GroupAvatar person={content.sender} /> : <span className="w-8 shrink-0" />)}
        <Bubble content={content} row={row} own={own} />
      </div>
      {failed && <FailedActions conversation={conversation} id={id} reason={content.failure} />}
    </article>
  );
}

function Sender({ person }: { person: Person }) {
  return (
    <span className="ps-13 pb-1 font-semibold text-[0.8125rem] text-ink-2 leading-4" dir="auto">
      {person.display_name}
    </span>
  );
}

function GroupAvatar({ person }: { person: Person }) {
  return <Avatar id={person.account} name={person.display_name} size="small" />;
}

function corners(own: boolean, { first, last }: Row): string {
  if (own) return `${first ? '' : 'rounded-se-tight'} ${last ? '' : 'rounded-ee-tight'}`;
  return `${first ? '' : 'rounded-ss-tight'} ${last ? '' : 'rounded-es-tight'}`;
}

function Bubble({ content, row, own }: { content: MessageProps['content']; row: Row; own: boolean }) {
  const t = useT();
  const colours = own ? 'bg-own text-own-ink' : 'bg-other text-ink';
  return (
    <div className={`min-w-0 rounded-bubble px-3.5 py-2 ${colours} ${corners(own, row)}`}>
      <div className="flow-root whitespace-pre-wrap break-words [overflow-wrap:anywhere]" dir="auto">
        {content.type === 'message' ? (
          <span>
            <LinkedText text={content.text} />
          </span>
        ) : (
          <span className="italic">{t('timeline.unsupported')}</span>
        )}
        <Meta
          time={row.item.time}
          delivery={content.type === 'message' ? content.delivery : null}
          own={own}
        />
      </div>
    </div>
  );
}

/** Time and ticks: at the end of the last line where there is room, else below it. */
function Meta({ time, delivery, own }: { time: number; delivery: Delivery | null; own: boolean }) {
  return (
    <span
      className={`relative top-1 float-end ms-3 inline-flex select-none items-center gap-1 whitespace-nowrap text-micro tabular-nums leading-[1.375rem] ${own ? 'text-own-ink-2' : 'text-ink-2'}`}
    >
      <time dateTime={new Date(time).toISOString()}>{clock(time)}</time>
      {delivery && <Ticks delivery={delivery} onAccent />}
    </span>
  );
}
