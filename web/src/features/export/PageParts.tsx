/** What stands in an exported page. It is drawn once: nothing in it does anything. */
import { Fragment, type ReactNode } from 'react';
import { t } from '../../i18n';
import { clock, count, listOf, writtenDate, writtenTime } from '../../i18n/dates';
import { bytes } from '../../i18n/sizes';
import type {
  Attachment,
  Block,
  ExportedChat,
  ItemContent,
  Message,
  Person,
  Poll,
  Quote,
  Span,
  TimelineItem,
} from '../../sdk/types';
import { textOrMedia } from '../media/words';
import { noticeText } from '../timeline/NoticeLine';
import { arrange, type Row } from '../timeline/rows';

/** A chat in the list at the top. */
export interface Listed {
  /** Of its part of the page. */
  id: string;
  name: string;
  items: number;
}

export function Contents({ me, chats }: { me: Person; chats: Listed[] }) {
  const now = Date.now();
  return (
    <header>
      <h1>{t('export.page_title')}</h1>
      <p>
        {t('export.page_by', { name: me.display_name, username: me.username, date: writtenTime(now) })}{' '}
        {t('export.page_clear')}
      </p>
      <nav aria-label={t('list.chats')}>
        <ol>
          {chats.map(({ id, name, items }) => (
            <li key={id}>
              <a href={`#${id}`}>
                <bdi>{name}</bdi>
                <small>{t('export.entries', { count: items })}</small>
              </a>
            </li>
          ))}
        </ol>
      </nav>
    </header>
  );
}

export function ChatHeading({ chat }: { chat: ExportedChat }) {
  const names = chat.members.map(({ person }) => `${isolated(person.display_name)} (@${person.username})`);
  return (
    <header>
      <h2>
        <bdi>{chat.name}</bdi>
      </h2>
      {chat.description && <p dir="auto">{chat.description}</p>}
      {names.length > 0 && <p>{listOf(names)}</p>}
      {chat.left_out > 0 && <p className="note">{t('export.left_out', { count: chat.left_out })}</p>}
      {chat.incomplete && <p className="note">{t('export.incomplete')}</p>}
    </header>
  );
}

interface ItemsProps {
  /** The id of its part of the page. */
  chat: string;
  items: TimelineItem[];
  /** The one before them. */
  before: TimelineItem | undefined;
}

export function Items({ chat, items, before }: ItemsProps) {
  const rows = before ? arrange([before, ...items], undefined).slice(1) : arrange(items, undefined);
  return rows.map((row) => (
    <Fragment key={row.item.key}>
      {row.day && <h3>{writtenDate(row.item.time)}</h3>}
      <Item chat={chat} row={row} />
    </Fragment>
  ));
}

function Item({ chat, row }: { chat: string; row: Row }) {
  const { content, key, time } = row.item;
  if (content.type === 'notice') {
    return (
      <p className="notice" dir="auto">
        {noticeText(content, t)}
      </p>
    );
  }
  const own = content.type !== 'unsupported' && content.own;
  return (
    <article id={`${chat}.${key}`} className={own ? 'own' : undefined}>
      {row.first && (
        <p className="who">
          <bdi>{content.sender.display_name}</bdi> <small dir="ltr">@{content.sender.username}</small>
        </p>
      )}
      <div className="said">
        <Said chat={chat} content={content} />
        <p className="meta">
          {content.type === 'message' && <Marks message={content} />}
          <time dateTime={new Date(time).toISOString()} title={writtenTime(time)}>
            {clock(time)}
          </time>
        </p>
      </div>
      {content.type === 'message' && <Reactions message={content} />}
    </article>
  );
}

function Said({ chat, content }: { chat: string; content: Exclude<ItemContent, { type: 'notice' }> }) {
  switch (content.type) {
    case 'deleted':
      return <p className="gone">{t(content.own ? 'message.deleted_own' : 'message.deleted')}</p>;
    case 'unsupported':
      return <p className="gone">{t('export.unsupported')}</p>;
    case 'message':
      return (
        <>
          {content.forwarded && <p className="meta">{t('message.forwarded')}</p>}
          {content.reply && <Answered chat={chat} quote={content.reply} />}
          <Blocks blocks={content.body} />
          {content.poll && <Options poll={content.poll} />}
          <Files attachments={content.attachments} />
        </>
      );
  }
}

function Answered({ chat, quote }: { chat: string; quote: Quote }) {
  const text = quote.deleted
    ? t('message.deleted')
    : textOrMedia(quote.text, quote.media, t) || t('message.quote_missing');
  const words = (
    <>
      {quote.sender && <b dir="auto">{quote.sender.display_name}</b>}
      <span dir="auto">{text}</span>
    </>
  );
  return <p className="quote">{quote.key ? <a href={`#${chat}.${quote.key}`}>{words}</a> : words}</p>;
}

function Marks({ message }: { message: Message }) {
  return (
    <>
      {message.edited && <span>{t('message.edited')}</span>}
      {message.delivery === 'failed' && <span>{t('timeline.failed')}</span>}
      {message.delivery === 'pending' && <span>{t('ticks.pending')}</span>}
      {message.expires !== null && (
        <span>{t('message.expires', { time: writtenTime(message.expires) })}</span>
      )}
    </>
  );
}

/** What they are called: their bytes are not in the file. */
function Files({ attachments }: { attachments: Attachment[] }) {
  return attachments.map(({ blob, kind, name, size, description }) => (
    <p key={blob} className="meta">
      {textOrMedia('', kind, t)}: <bdi>{description || name}</bdi> ({bytes(size)})
    </p>
  ));
}

function Options({ poll }: { poll: Poll }) {
  return (
    <ul className="poll">
      {poll.options.map(({ text, people }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: answers may repeat and never move
        <li key={index}>
          <bdi>{text}</bdi> <b>{count(people.length)}</b>
          {people.length > 0 && <small dir="auto">{namesOf(people)}</small>}
        </li>
      ))}
    </ul>
  );
}

function Reactions({ message }: { message: Message }) {
  if (message.reactions.length === 0) return null;
  return (
    <ul className="reactions">
      {message.reactions.map(({ emoji, people }) => (
        <li key={emoji}>
          {emoji} <small dir="auto">{namesOf(people)}</small>
        </li>
      ))}
    </ul>
  );
}

function namesOf(people: Person[]): string {
  return listOf(people.map((person) => isolated(person.display_name)));
}

/** A name that turns the direction of nothing but itself. */
function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}

function Blocks({ blocks }: { blocks: Block[] }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no identity but their place
  return blocks.map((block, index) => <BlockView key={index} block={block} />);
}

function BlockView({ block }: { block: Block }) {
  switch (block.block) {
    case 'paragraph':
      return (
        <p dir="auto">
          {block.spans.map((span, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: runs have no identity but their place
            <Fragment key={index}>{run(span)}</Fragment>
          ))}
        </p>
      );
    case 'quotation':
      return (
        <blockquote dir="auto">
          <Blocks blocks={block.blocks} />
        </blockquote>
      );
    case 'list':
      return <List block={block} />;
    case 'code':
      return (
        <pre dir="ltr">
          <code>{block.text}</code>
        </pre>
      );
  }
}

function List({ block }: { block: Extract<Block, { block: 'list' }> }) {
  const items = block.items.map((blocks, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: items have no identity but their place
    <li key={index}>
      <Blocks blocks={blocks} />
    </li>
  ));
  if (block.start === null) return <ul dir="auto">{items}</ul>;
  return (
    <ol dir="auto" start={block.start}>
      {items}
    </ol>
  );
}

function run(span: Span): ReactNode {
  let content: ReactNode = span.text;
  if (span.code) content = <code>{content}</code>;
  if (span.strike) content = <s>{content}</s>;
  if (span.italic) content = <em>{content}</em>;
  if (span.bold) content = <strong>{content}</strong>;
  if (span.mention) content = <bdi className="mention">{content}</bdi>;
  if (span.link) content = link(span.link, content);
  return content;
}

function link(address: string, content: ReactNode): ReactNode {
  return (
    <a href={address} rel="noopener noreferrer" target="_blank">
      {content}
    </a>
  );
}
