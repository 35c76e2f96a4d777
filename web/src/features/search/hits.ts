/** Messages that were found, as one types. */
import { useEffect, useState } from 'react';
import { useCommand } from '../../sdk/store';
import type { Failure, Hit } from '../../sdk/types';

/** Pause in typing after which the device is searched, in milliseconds. */
const PAUSE = 80;

export interface Hits {
  query: string;
  hits: Hit[];
  more: boolean;
  failure?: Failure;
}

/** What was found for what is typed; what was found before stays until then. */
export function useHits(query: string, limit: number, conversation: string | null = null): Hits | undefined {
  const run = useCommand();
  const [found, setFound] = useState<Hits>();
  useEffect(() => {
    if (!query) return setFound(undefined);
    let current = true;
    const timer = setTimeout(async () => {
      const outcome = await run({ command: 'search', query, conversation, limit });
      if (!current) return;
      if (!outcome.ok) setFound({ query, hits: [], more: false, failure: outcome.failure });
      else if (outcome.answer.answer === 'hits') setFound({ query, ...outcome.answer });
    }, PAUSE);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [query, conversation, limit, run]);
  return found;
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
