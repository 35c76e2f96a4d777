/** Messages that were found, as one types. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { type Outcome, useCommand } from '../../sdk/store';
import type { Command, Failure, Hit } from '../../sdk/types';

export interface Hits {
  query: string;
  hits: Hit[];
  more: boolean;
  failure?: Failure;
}

type Search = Extract<Command, { command: 'search' }>;

/**
 * Searches at once, one search at a time: of those that are asked for meanwhile only the newest is run. What was found
 * by one that is out of date by then is passed on too, being nearer than what was found before, unless it was dropped.
 */
function useSearches(found: (search: Search, outcome: Outcome) => void) {
  const run = useCommand();
  const state = useRef<{ running?: Search; next?: Search; unwanted?: Search }>({});
  const ask = useCallback(
    async (search: Search) => {
      const now = state.current;
      now.next = search;
      while (now.next && !now.running) {
        now.running = now.next;
        now.next = undefined;
        const outcome = await run(now.running);
        if (now.running !== now.unwanted) found(now.running, outcome);
        now.running = undefined;
      }
    },
    [run, found],
  );
  const drop = useCallback(() => {
    state.current.next = undefined;
    state.current.unwanted = state.current.running;
  }, []);
  return { ask, drop };
}

/** What was found for what is typed; what was found before stays until then. */
export function useHits(query: string, limit: number, conversation: string | null = null): Hits | undefined {
  const [hits, setHits] = useState<Hits>();
  const found = useCallback(({ query }: Search, outcome: Outcome) => {
    if (!outcome.ok) setHits({ query, hits: [], more: false, failure: outcome.failure });
    else if (outcome.answer.answer === 'hits') setHits({ query, ...outcome.answer });
  }, []);
  const { ask, drop } = useSearches(found);
  useEffect(() => {
    if (!query) {
      drop();
      return setHits(undefined);
    }
    // The days of `before:` and `after:` are those of the person's own calendar.
    const utc_offset = -new Date().getTimezoneOffset();
    void ask({ command: 'search', query, conversation, limit, utc_offset });
  }, [query, conversation, limit, ask, drop]);
  useEffect(() => drop, [drop]);
  return hits;
}

/** Where a found message is shown in its place. */
export function hitPath({ conversation, key }: Hit): string {
  return `/c/${conversation}?m=${encodeURIComponent(key)}`;
}

/** The hits of each conversation together, in the order of their newest ones. */
export function byConversation(hits: Hit[]): { conversation: string; name: string; hits: Hit[] }[] {
  const groups = new Map<string, { conversation: string; name: string; hits: Hit[] }>();
  for (const hit of hits) {
    const group = groups.get(hit.conversation);
    if (group) group.hits.push(hit);
    else groups.set(hit.conversation, { conversation: hit.conversation, name: hit.name, hits: [hit] });
  }
  return [...groups.values()];
}
