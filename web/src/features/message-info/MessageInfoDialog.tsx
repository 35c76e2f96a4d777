/** How far a message got with each member, when, and what it said before it was edited. */
import { type ReactNode, useEffect } from 'react';
import { useT } from '../../i18n';
import { fullDate } from '../../i18n/dates';
import { useCommand, useSnapshot } from '../../sdk/store';
import type { MemberInfo, MessageInfo } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { Dialog } from '../../ui/Dialog';
import { RowSkeleton } from '../../ui/Skeleton';
import { Ticks } from '../../ui/Ticks';
import { type MessageItem, useConversation } from '../conversation/context';

export function MessageInfoDialog({ item, onClose }: { item: MessageItem; onClose: () => void }) {
  const t = useT();
  const run = useCommand();
  const { conversation } = useConversation();
  const info = useSnapshot({ type: 'message_info', conversation, key: item.key });
  useEffect(() => {
    // When each member got and read it is only known to the server.
    void run({ command: 'read_message_info', conversation, key: item.key });
  }, [run, conversation, item.key]);
  return (
    <Dialog title={t('info.title')} onClose={onClose}>
      <p
        dir="auto"
        className="mb-3 line-clamp-4 break-words rounded-row bg-other px-3.5 py-2.5 [overflow-wrap:anywhere]"
      >
        {item.content.text}
      </p>
      {info === undefined && <RowSkeleton />}
      {info === null && <p className="text-ink-2">{t('info.none')}</p>}
      {info && <Content info={info} item={item} />}
    </Dialog>
  );
}

function Content({ info, item }: { info: MessageInfo; item: MessageItem }) {
  const t = useT();
  const read = info.members.filter((member) => member.read);
  const delivered = info.members.filter((member) => member.delivered && !member.read);
  const waiting = info.members.filter((member) => !member.delivered && !member.read);
  return (
    <div className="flex flex-col gap-4">
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-meta">
        <Fact name={t('info.sent')}>{info.sent === null ? t('ticks.pending') : fullDate(info.sent)}</Fact>
        {item.content.expires !== null && (
          <Fact name={t('info.expires')}>{fullDate(item.content.expires)}</Fact>
        )}
      </dl>
      {item.content.own && (
        <>
          <Members title={t('info.read')} delivery="read" members={read} />
          <Members title={t('info.delivered')} delivery="delivered" members={delivered} />
          <Members title={t('info.waiting')} delivery="sent" members={waiting} />
        </>
      )}
      {info.revisions.length > 0 && <Revisions info={info} />}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-2">{name}</dt>
      <dd className="tabular-nums">{children}</dd>
    </>
  );
}

interface MembersProps {
  title: string;
  delivery: 'read' | 'delivered' | 'sent';
  members: MemberInfo[];
}

function Members({ title, delivery, members }: MembersProps) {
  if (members.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className="flex items-center gap-2 border-line border-b pb-1.5 font-medium text-meta">
        <span aria-hidden className="inline-flex">
          <Ticks delivery={delivery} />
        </span>
        {title}
      </h3>
      <ul>
        {members.map((member) => (
          <Member key={member.person.account} member={member} />
        ))}
      </ul>
    </section>
  );
}

function Member({ member }: { member: MemberInfo }) {
  const { person } = member;
  const time = member.read ? member.read_at : member.delivered_at;
  return (
    <li className="flex items-center gap-3 py-2">
      <Avatar id={person.account} name={person.display_name} picture={person.picture} size="small" />
      <span className="min-w-0 flex-1 truncate" dir="auto">
        {person.display_name}
      </span>
      {time !== null && (
        <time dateTime={new Date(time).toISOString()} className="text-ink-2 text-meta tabular-nums">
          {fullDate(time)}
        </time>
      )}
    </li>
  );
}

function Revisions({ info }: { info: MessageInfo }) {
  const t = useT();
  return (
    <section aria-label={t('info.revisions')}>
      <h3 className="border-line border-b pb-1.5 font-medium text-meta">{t('info.revisions')}</h3>
      <ol>
        {info.revisions.map(({ time, text }) => (
          <li key={time} className="py-2">
            <p dir="auto" className="whitespace-pre-wrap break-words [overflow-wrap:anywhere]">
              {text}
            </p>
            <time dateTime={new Date(time).toISOString()} className="text-ink-2 text-meta tabular-nums">
              {fullDate(time)}
            </time>
          </li>
        ))}
      </ol>
    </section>
  );
}
