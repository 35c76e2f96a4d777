/** Searches messages on this device: everywhere or in one chat. */
import { ArrowLeft, Search, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useSnapshot } from '../../sdk/store';
import type { ConversationRow } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { Button, IconButton } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { RowSkeleton } from '../../ui/Skeleton';
import { HitText } from './HitText';
import { byConversation, type Hits, hitPath, useHits } from './hits';
import { OperatorHelp } from './OperatorHelp';
import { useOptions } from './options';

/** How many hits are shown at first and with each "more". */
const PAGE = 40;

export function SearchPage() {
  const t = useT();
  const [, navigate] = useLocation();
  const [params, setParams] = useSearchParams();
  const within = params.get('in');
  const [typed, setTyped] = useState(params.get('q') ?? '');
  const [limit, setLimit] = useState(PAGE);
  const field = useRef<HTMLInputElement>(null);
  const asked = params.get('q') ?? '';
  const written = useRef(asked);
  const query = typed.trim();
  const found = useHits(query, limit, within);
  const groups = byConversation(found?.hits ?? []);
  const hits = groups.flatMap((group) => group.hits);
  const keys = hits.map(({ conversation, key }) => `${conversation} ${key}`);
  const options = useOptions(keys, (index) => {
    const hit = hits[index];
    if (hit) navigate(hitPath(hit));
  });

  useEffect(() => {
    // Asked for something else from outside while this is open.
    if (asked === written.current) return;
    written.current = asked;
    setTyped(asked);
  }, [asked]);

  useEffect(() => {
    written.current = query;
    // Going back finds the search as it was.
    setParams(
      (before) => {
        if (query) before.set('q', query);
        else before.delete('q');
        return before;
      },
      { replace: true },
    );
  }, [query, setParams]);

  function type(text: string) {
    setTyped(text);
    setLimit(PAGE);
    options.reset();
    field.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Escape' || event.nativeEvent.isComposing) return options.field.onKeyDown(event);
    event.preventDefault();
    if (typed) type('');
    else navigate(within ? `/c/${within}` : '/');
  }

  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="grid shrink-0 grid-cols-[1fr_minmax(0,39rem)_1fr] items-center gap-1 border-line border-b px-2 py-2.5 wide:px-4">
        <Link
          href={within ? `/c/${within}` : '/'}
          aria-label={t(within ? 'search.to_chat' : 'nav.back')}
          className="inline-flex size-10 shrink-0 items-center justify-center rounded-control text-ink-2 hover:bg-hover hover:text-ink"
        >
          <ArrowLeft size={20} aria-hidden className="rtl:rotate-180" />
        </Link>
        <h2 className="sr-only">{t('search.title')}</h2>
        <search className="relative block min-w-0">
          <Search
            size={17}
            aria-hidden
            className="pointer-events-none absolute inset-y-0 start-3.5 my-auto text-ink-3"
          />
          <input
            ref={field}
            {...options.field}
            type="text"
            aria-label={t('search.field')}
            placeholder={t('search.field')}
            value={typed}
            onChange={(event) => type(event.target.value)}
            onKeyDown={onKeyDown}
            autoComplete="off"
            spellCheck={false}
            autoFocus
            className="h-11 w-full rounded-control border border-line bg-raised ps-10.5 pe-11 placeholder:text-ink-3 focus-visible:outline-offset-0"
          />
          {typed && (
            <IconButton
              label={t('list.clear_search')}
              onClick={() => type('')}
              className="absolute! inset-y-0 end-1.5 my-auto size-8!"
            >
              <X size={17} aria-hidden />
            </IconButton>
          )}
        </search>
      </header>
      <div className="relative min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-[42rem] px-3 py-3 wide:px-6">
          {within && <Within conversation={within} />}
          {query ? (
            <Results
              found={found}
              groups={groups}
              options={options}
              query={query}
              onMore={() => setLimit(limit + PAGE)}
            />
          ) : (
            <OperatorHelp here={Boolean(within)} onInsert={(operator) => type(`${operator}`)} />
          )}
        </div>
      </div>
    </div>
  );
}

/** The one chat that is searched, and the way to search all. */
function Within({ conversation }: { conversation: string }) {
  const t = useT();
  const [, setParams] = useSearchParams();
  const list = useSnapshot({ type: 'conversations' });
  const name = list?.rows.find((row) => row.conversation === conversation)?.name ?? '';
  return (
    <p className="mb-3 flex items-center gap-2 px-2">
      <span className="inline-flex min-w-0 items-center gap-1 rounded-full bg-accent-soft py-1 ps-3.5 pe-1 text-meta">
        <span className="truncate" dir="auto">
          {t('search.within', { name })}
        </span>
        <IconButton
          label={t('search.everywhere')}
          onClick={() =>
            setParams((before) => {
              before.delete('in');
              return before;
            })
          }
          className="size-6! rounded-full!"
        >
          <X size={14} aria-hidden />
        </IconButton>
      </span>
    </p>
  );
}

interface ResultsProps {
  found: Hits | undefined;
  groups: ReturnType<typeof byConversation>;
  options: ReturnType<typeof useOptions>;
  query: string;
  onMore: () => void;
}

function Results({ found, groups, options, query, onMore }: ResultsProps) {
  const t = useT();
  const list = useSnapshot({ type: 'conversations' });
  if (!found) return <RowSkeleton />;
  if (found.failure) return <Callout kind="error">{failureText(found.failure)}</Callout>;
  const rows = new Map(list?.rows.map((row) => [row.conversation, row]));
  let index = 0;
  return (
    <>
      <p role="status" className={groups.length > 0 ? 'sr-only' : 'px-6 pt-14 text-center text-ink-2'}>
        {groups.length > 0
          ? t('search.count', { count: found.hits.length })
          : t('search.nothing', { query: found.query || query })}
      </p>
      {groups.length > 0 && (
        <div {...options.list} role="listbox" aria-label={t('search.results')}>
          {groups.map((group) => (
            // biome-ignore lint/a11y/useSemanticElements: options of a list box are grouped by role alone
            <div key={group.conversation} role="group" aria-label={group.name} className="pb-3">
              <p
                aria-hidden
                className="sticky top-0 z-10 flex items-center gap-2.5 bg-surface px-2.5 py-1.5 font-semibold text-meta"
              >
                <GroupAvatar row={rows.get(group.conversation)} group={group} />
                <span className="truncate" dir="auto">
                  {group.name}
                </span>
              </p>
              {group.hits.map((hit) => {
                const props = options.option(index++);
                return (
                  <div
                    key={hit.key}
                    {...props}
                    className={`flex cursor-pointer rounded-row px-2.5 py-2 ${props['aria-selected'] ? 'bg-hover' : ''}`}
                  >
                    <HitText hit={hit} title={hit.sender.display_name} />
                  </div>
                );
              })}
            </div>
          ))}
        </div>
      )}
      {found.more && (
        <div className="flex justify-center pb-4">
          <Button look="quiet" onClick={onMore}>
            {t('search.more')}
          </Button>
        </div>
      )}
    </>
  );
}

function GroupAvatar({
  row,
  group,
}: {
  row: ConversationRow | undefined;
  group: { conversation: string; name: string };
}) {
  return (
    <Avatar
      id={row?.peer?.account ?? group.conversation}
      name={group.name}
      picture={row?.peer?.picture ?? row?.picture}
      size="small"
    />
  );
}
