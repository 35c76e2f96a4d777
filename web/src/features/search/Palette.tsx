/** Finds chats, people and messages from anywhere, by keys alone. */
import { Search } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useLocation } from 'wouter';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useSnapshot } from '../../sdk/store';
import type { ConversationRow, Hit, Person } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { Modal } from '../../ui/Modal';
import { useToast } from '../../ui/Toast';
import { usePeople, useStartDirect } from '../new-chat/people';
import { HitText } from './HitText';
import { hitPath, useHits } from './hits';
import { useOptions } from './options';

/** How many of each are offered. */
const CHATS = 6;
const PEOPLE = 4;
const MESSAGES = 6;

type Option =
  | { kind: 'chat'; row: ConversationRow }
  | { kind: 'person'; person: Person }
  | { kind: 'message'; hit: Hit }
  | { kind: 'all' };

export function Palette({ onClose }: { onClose: () => void }) {
  const t = useT();
  const toast = useToast();
  const [, navigate] = useLocation();
  const start = useStartDirect();
  const [typed, setTyped] = useState('');
  const query = typed.trim();
  const { sections, searched } = usePaletteOptions(query);
  const all = sections.flatMap(({ options }) => options);
  const options = useOptions(all.map(keyOf), (index) => void choose(all[index]));

  async function choose(option: Option | undefined) {
    if (!option) return;
    onClose();
    if (option.kind === 'chat') navigate(`/c/${option.row.conversation}`);
    if (option.kind === 'message') navigate(hitPath(option.hit));
    if (option.kind === 'all') navigate(`/search?q=${encodeURIComponent(query)}`);
    if (option.kind !== 'person') return;
    const failure = await start(option.person.account);
    if (failure) toast(failureText(failure));
  }

  let index = 0;
  return (
    <Modal label={t('palette.title')} onCancel={onClose} className="palette-frame w-[36rem]">
      <div className="flex max-h-[inherit] flex-col">
        <div className="relative border-line border-b">
          <Search
            size={19}
            aria-hidden
            className="pointer-events-none absolute inset-y-0 start-5 my-auto text-ink-3"
          />
          <input
            {...options.field}
            type="text"
            aria-label={t('palette.field')}
            placeholder={t('palette.field')}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              options.reset();
            }}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
            className="h-15 w-full bg-transparent ps-13 pe-5 text-[1.0625rem] outline-none placeholder:text-ink-3"
          />
        </div>
        <div
          {...options.list}
          role="listbox"
          aria-label={t('search.results')}
          className="min-h-0 flex-1 overflow-y-auto p-2 empty:hidden"
        >
          {sections.map(({ name, options: own }) => (
            // biome-ignore lint/a11y/useSemanticElements: options of a list box are grouped by role alone
            <div key={name} role="group" aria-label={name} className="not-first:mt-2">
              <p aria-hidden className="px-3 py-1 font-semibold text-[0.75rem] text-ink-2">
                {name}
              </p>
              {own.map((option) => {
                const props = options.option(index++);
                return (
                  <div
                    key={keyOf(option)}
                    {...props}
                    className={`flex cursor-pointer items-center gap-3 rounded-row px-3 py-2 ${props['aria-selected'] ? 'bg-hover' : ''}`}
                  >
                    <OptionContent option={option} query={query} />
                  </div>
                );
              })}
            </div>
          ))}
        </div>
        <p role="status" className="px-5 py-5 text-ink-2 text-meta empty:hidden">
          {searched && all.length === 1 ? t('palette.nothing', { query }) : ''}
        </p>
      </div>
    </Modal>
  );
}

/** What is offered for what is typed: without words the newest chats. */
function usePaletteOptions(query: string) {
  const t = useT();
  const list = useSnapshot({ type: 'conversations' });
  const found = usePeople(query);
  const hits = useHits(query, MESSAGES);
  const wanted = query.toLocaleLowerCase();
  const rows = (list?.rows ?? [])
    .filter((row) => !row.request && matches(row, wanted))
    .slice(0, query ? CHATS : CHATS + 2);
  const known = new Set(rows.map((row) => row.peer?.account));
  const people = (found?.people ?? []).filter((person) => !known.has(person.account)).slice(0, PEOPLE);

  const sections: { name: string; options: Option[] }[] = [
    { name: t(query ? 'list.chats' : 'palette.recent'), options: rows.map((row) => ({ kind: 'chat', row })) },
    { name: t('people.heading'), options: people.map((person) => ({ kind: 'person', person })) },
    {
      name: t('search.messages'),
      options: query
        ? [...(hits?.hits ?? []).map((hit): Option => ({ kind: 'message', hit })), { kind: 'all' }]
        : [],
    },
  ];
  return {
    sections: sections.filter(({ options }) => options.length > 0),
    searched: Boolean(query && found && hits),
  };
}

function matches(row: ConversationRow, wanted: string): boolean {
  return row.name.toLocaleLowerCase().includes(wanted) || Boolean(row.peer?.username.startsWith(wanted));
}

function keyOf(option: Option): string {
  if (option.kind === 'chat') return option.row.conversation;
  if (option.kind === 'person') return option.person.account;
  return option.kind === 'all' ? 'all' : `${option.hit.conversation} ${option.hit.key}`;
}

function OptionContent({ option, query }: { option: Option; query: string }) {
  const t = useT();
  if (option.kind === 'message') return <HitText hit={option.hit} title={option.hit.name} />;
  if (option.kind === 'all') {
    return (
      <>
        <Search size={17} aria-hidden className="shrink-0 text-accent" />
        <span className="min-w-0 truncate font-medium text-accent">{t('search.all', { query })}</span>
      </>
    );
  }
  if (option.kind === 'person') {
    const { person } = option;
    return (
      <>
        <Avatar id={person.account} name={person.display_name} picture={person.picture} size="small" />
        <Name name={person.display_name}>@{person.username}</Name>
      </>
    );
  }
  const { row } = option;
  return (
    <>
      <Avatar
        id={row.peer?.account ?? row.conversation}
        name={row.name}
        picture={row.peer?.picture ?? row.picture}
        size="small"
      />
      <Name name={row.name}>{row.peer && `@${row.peer.username}`}</Name>
    </>
  );
}

function Name({ name, children }: { name: string; children: ReactNode }) {
  return (
    <span className="flex min-w-0 flex-1 items-baseline gap-2">
      <span className="truncate font-medium">
        <bdi>{name}</bdi>
      </span>
      <bdi className="min-w-0 truncate text-ink-2 text-meta">{children}</bdi>
    </span>
  );
}
