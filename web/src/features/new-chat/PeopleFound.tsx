/** The people that were found, each a way to a chat. */
import { useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import type { Failure } from '../../sdk/types';
import { Callout } from '../../ui/Callout';
import { RowSkeleton } from '../../ui/Skeleton';
import { PersonRow } from './PersonRow';
import { useContacts, usePeople, useStartDirect } from './people';

interface PeopleFoundProps {
  prefix: string;
  onOpened: () => void;
  /** Says that these are people, where chats are listed above. */
  heading?: boolean;
}

export function PeopleFound({ prefix, onOpened, heading = false }: PeopleFoundProps) {
  const t = useT();
  const found = usePeople(prefix);
  const { busy, failure, open } = useOpen(onOpened);
  const problem = failure ?? found?.failure;
  return (
    <section aria-label={t('people.heading')}>
      {heading && (
        <h2 className="px-2.5 pt-4 pb-1.5 font-semibold text-ink-2 text-meta">{t('people.heading')}</h2>
      )}
      {problem && <Callout kind="error">{failureText(problem)}</Callout>}
      {!found && <RowSkeleton />}
      {found && !found.failure && found.people.length === 0 && (
        <p className="px-2.5 py-2 text-ink-2 text-meta">{t('people.none', { prefix: found.prefix })}</p>
      )}
      {found?.people.map((person) => (
        <PersonRow
          key={person.account}
          person={person}
          disabled={busy}
          onClick={() => open(person.account)}
        />
      ))}
    </section>
  );
}

/** Contacts, while nothing is typed. */
export function Contacts({ onOpened }: { onOpened: () => void }) {
  const t = useT();
  const contacts = useContacts();
  const { busy, failure, open } = useOpen(onOpened);
  if (contacts.length === 0) return null;
  return (
    <section aria-label={t('people.contacts')}>
      <h3 className="px-2.5 pt-4 pb-1.5 font-semibold text-ink-2 text-meta">{t('people.contacts')}</h3>
      {failure && <Callout kind="error">{failureText(failure)}</Callout>}
      {contacts.map((person) => (
        <PersonRow
          key={person.account}
          person={person}
          disabled={busy}
          onClick={() => open(person.account)}
        />
      ))}
    </section>
  );
}

/** Opens the chat with someone, and keeps why that failed. */
function useOpen(onOpened: () => void) {
  const start = useStartDirect();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();

  async function open(account: string) {
    setBusy(true);
    const failed = await start(account);
    setBusy(false);
    setFailure(failed);
    if (!failed) onOpened();
  }

  return { busy, failure, open };
}
