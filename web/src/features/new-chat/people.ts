/** Finding people by the beginning of their names. */
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { useCommand, useSnapshot } from '../../sdk/store';
import type { Failure, Person } from '../../sdk/types';

/** Pause in typing after which the server is asked, in milliseconds. */
const PAUSE = 180;

export interface Found {
  prefix: string;
  people: Person[];
  failure?: Failure;
}

/** Who was found for what is typed; what was found before stays until then. */
export function usePeople(prefix: string): Found | undefined {
  const run = useCommand();
  const [found, setFound] = useState<Found>();
  const connection = useSnapshot({ type: 'connection' })?.state;
  // Without a connection only those are found whom this device knows: it is looked again once there is one.
  const connected = connection === 'online' || connection === 'catching_up';
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is found depends on the connection
  useEffect(() => {
    if (!prefix) return setFound(undefined);
    let current = true;
    const timer = setTimeout(async () => {
      const outcome = await run({ command: 'search_people', prefix });
      if (!current) return;
      if (!outcome.ok) setFound({ prefix, people: [], failure: outcome.failure });
      else if (outcome.answer.answer === 'people') setFound({ prefix, people: outcome.answer.people });
    }, PAUSE);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [prefix, run, connected]);
  return found;
}

/** Opens the chat with someone. Gives the failure, if it failed. */
export function useStartDirect(): (account: string) => Promise<Failure | undefined> {
  const run = useCommand();
  const [, navigate] = useLocation();
  return async (account) => {
    const outcome = await run({ command: 'start_direct', account });
    if (!outcome.ok) return notReached(outcome.failure);
    if (outcome.answer.answer === 'conversation') navigate(`/c/${outcome.answer.conversation}`);
    return undefined;
  };
}

/** What is not allowed here is to write to them, which they chose themselves: no admin can help. */
function notReached(failure: Failure): Failure {
  return failure.kind === 'not-allowed' ? { ...failure, kind: 'no-new-chats' } : failure;
}

/** Contacts of which one may be meant before anything is typed. */
export function useContacts(): Person[] {
  return useSnapshot({ type: 'contacts' })?.contacts ?? [];
}
