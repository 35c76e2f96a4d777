/** What a message says, on its coloured ground. */
import { Ban, Forward, Timer } from 'lucide-react';
import { useT } from '../../i18n';
import { clock, fullDate } from '../../i18n/dates';
import type { Message } from '../../sdk/types';
import { Ticks } from '../../ui/Ticks';
import { isMessage, type MessageItem } from '../conversation/context';
import { Attachments } from '../media/Attachments';
import { PollCard } from '../poll/PollCard';
import { Body, isFewEmoji } from './Body';
import type { MessageArticleProps } from './MessageArticle';
import { QuoteBlock } from './QuoteBlock';
import type { Row } from './rows';

type BubbleProps = Pick<MessageArticleProps, 'content' | 'row'> & { own: boolean };

function corners(own: boolean, { first, last }: Row): string {
  if (own) return `${first ? '' : 'rounded-se-tight'} ${last ? '' : 'rounded-ee-tight'}`;
  return `${first ? '' : 'rounded-ss-tight'} ${last ? '' : 'rounded-es-tight'}`;
}

export function Bubble({ content, row, own }: BubbleProps) {
  const { item } = row;
  if (isMessage(item) && isLarge(item.content)) return <LargeEmoji item={item} />;
  const gone = content.type !== 'message';
  const full = own ? 'bg-own text-own-ink selection:bg-own-ink selection:text-own' : 'bg-other text-ink';
  const empty = 'border border-line text-ink-2';
  const mentioned =
    content.type === 'message' && content.mentions_me && !own ? 'ring-[1.5px] ring-accent/55' : '';
  return (
    <div
      className={`min-w-0 rounded-bubble px-3.5 py-2 break-words [overflow-wrap:anywhere] ${gone ? empty : full} ${mentioned} ${corners(own, row)}`}
    >
      {isMessage(item) ? (
        <Content item={item} own={own} />
      ) : (
        <Trace content={content} time={item.time} own={own} />
      )}
    </div>
  );
}

function Content({ item, own }: { item: MessageItem; own: boolean }) {
  const { content } = item;
  const end = <Meta time={item.time} message={content} own={own} />;
  return (
    <>
      {content.forwarded && <Forwarded own={own} />}
      {content.reply && <QuoteBlock quote={content.reply} own={own} />}
      {content.attachments.length > 0 && (
        <div className={`-mx-2 -mt-0.5 ${content.text ? 'pb-1.5' : ''}`}>
          <Attachments item={item} own={own} />
        </div>
      )}
      {content.poll ? (
        <>
          <p dir="auto" className="font-semibold">
            {content.text}
          </p>
          <PollCard item={item} poll={content.poll} end={end} />
        </>
      ) : (
        <Body blocks={content.body} own={own} end={end} />
      )}
    </>
  );
}

function Forwarded({ own }: { own: boolean }) {
  const t = useT();
  return (
    <p
      className={`mb-0.5 flex items-center gap-1.5 text-meta italic ${own ? 'text-own-ink-2' : 'text-ink-2'}`}
    >
      <Forward size={14} aria-hidden className="rtl:-scale-x-100" />
      {t('message.forwarded')}
    </p>
  );
}

/** What stands where a message was, or one that cannot be shown. */
function Trace({ content, time, own }: { content: BubbleProps['content']; time: number; own: boolean }) {
  const t = useT();
  const deleted = content.type === 'deleted';
  return (
    <p className="flow-root">
      {deleted && <Ban size={15} aria-hidden className="me-2 inline align-[-0.15em] text-ink-3" />}
      <span className="italic">
        {deleted ? t(own ? 'message.deleted_own' : 'message.deleted') : t('timeline.unsupported')}
      </span>
      <Meta time={time} message={undefined} own={false} />
    </p>
  );
}

function isLarge({ body, poll, reply, forwarded, attachments }: Message): boolean {
  return !poll && !reply && !forwarded && attachments.length === 0 && isFewEmoji(body);
}

/** Emoji need no ground. */
function LargeEmoji({ item }: { item: MessageItem }) {
  return (
    <div className={`flex flex-col ${item.content.own ? 'items-end' : 'items-start'}`}>
      <span className="px-1 text-[3rem] leading-[1.15]">{item.content.text.trim()}</span>
      <Meta time={item.time} message={item.content} own={false} still />
    </div>
  );
}

interface MetaProps {
  time: number;
  message: Message | undefined;
  /** On the accent-coloured bubble. */
  own: boolean;
  /** Stands by itself. */
  still?: boolean;
}

/** Time and ticks: at the end of the last line where there is room, else below it. */
function Meta({ time, message, own, still = false }: MetaProps) {
  const t = useT();
  const expires = message?.expires ?? null;
  const until = expires === null ? '' : t('message.expires', { time: fullDate(expires) });
  return (
    <span
      className={`inline-flex select-none items-center gap-1 whitespace-nowrap text-micro tabular-nums leading-[1.375rem] ${still ? 'px-1' : 'relative top-1 float-end ms-3'} ${own ? 'text-own-ink-2' : 'text-ink-2'}`}
    >
      {expires !== null && (
        <span role="img" aria-label={until} title={until} className="inline-flex">
          <Timer size={12} aria-hidden />
        </span>
      )}
      {message?.edited && <span>{t('message.edited')}</span>}
      <time dir="auto" dateTime={new Date(time).toISOString()} title={fullDate(time)}>
        {clock(time)}
      </time>
      {message?.delivery && <Ticks delivery={message.delivery} onAccent={own} />}
    </span>
  );
}
