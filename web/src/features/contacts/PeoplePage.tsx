/** Contacts, or the people one blocked. */
import { MessageCircle, UserRoundMinus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand, useSnapshot } from '../../sdk/store';
import type { Command, Person } from '../../sdk/types';
import { Button, IconButton } from '../../ui/Button';
import { RowSkeletons } from '../../ui/Skeleton';
import { TextField } from '../../ui/TextField';
import { useToast } from '../../ui/Toast';
import { PersonRow } from '../new-chat/PersonRow';
import { useStartDirect } from '../new-chat/people';
import { Page } from '../settings/Page';

/** From how many people on there is a field to find one. */
const FIND_FROM = 8;

export function ContactsPage() {
  const t = useT();
  const start = useStartDirect();
  const tell = useTell();
  const people = useSnapshot({ type: 'contacts' });

  async function open(account: string) {
    tell(await start(account));
  }

  return (
    <Page title={t('contacts.title')} back={{ href: '/settings', label: t('settings.back') }}>
      <PeopleList
        people={people?.contacts}
        empty={t('contacts.empty')}
        onOpen={(person) => void open(person.account)}
        end={(person) => <RemoveContact person={person} />}
      />
    </Page>
  );
}

export function BlockedPeoplePage() {
  const t = useT();
  const people = useSnapshot({ type: 'contacts' });
  return (
    <Page title={t('blocked_people.title')} back={{ href: '/settings', label: t('settings.back') }}>
      <p className="-mt-4 text-ink-2">{t('blocked_people.explain')}</p>
      <PeopleList
        people={people?.blocked}
        empty={t('blocked_people.empty')}
        end={(person) => <Unblock person={person} />}
      />
    </Page>
  );
}

interface PeopleListProps {
  people: Person[] | undefined;
  empty: string;
  onOpen?: (person: Person) => void;
  end: (person: Person) => ReactNode;
}

function PeopleList({ people, empty, onOpen, end }: PeopleListProps) {
  const t = useT();
  const [typed, setTyped] = useState('');
  if (!people) return <RowSkeletons />;
  if (people.length === 0) return <p className="pt-6 text-center text-ink-2">{empty}</p>;
  const wanted = typed.trim().toLocaleLowerCase();
  const found = people.filter(({ display_name, username }) =>
    `${display_name} ${username}`.toLocaleLowerCase().includes(wanted),
  );
  return (
    <div className="flex flex-col gap-3">
      {people.length >= FIND_FROM && (
        <TextField
          label={t('contacts.find')}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      <ul className="-mx-2.5">
        {found.map((person) => (
          <li key={person.account} className="flex items-center gap-1 pe-1">
            <span className="min-w-0 flex-1">
              {onOpen ? (
                <PersonRow
                  person={person}
                  onClick={() => onOpen(person)}
                  end={<MessageCircle size={17} aria-hidden className="shrink-0 text-ink-3" />}
                />
              ) : (
                <PersonRow person={person} />
              )}
            </span>
            {end(person)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function RemoveContact({ person }: { person: Person }) {
  const t = useT();
  const run = useRun();
  return (
    <IconButton
      label={t('contacts.remove', { name: person.display_name })}
      onClick={() => void run({ command: 'set_contact', account: person.account, contact: false })}
    >
      <UserRoundMinus size={18} aria-hidden />
    </IconButton>
  );
}

function Unblock({ person }: { person: Person }) {
  const t = useT();
  const run = useRun();
  return (
    <Button
      look="outline"
      className="min-h-9! px-3!"
      aria-label={t('block.undo', { name: person.display_name })}
      onClick={() => void run({ command: 'block', account: person.account, blocked: false })}
    >
      {t('block.undo_short')}
    </Button>
  );
}

/** Tells a failure in passing. */
function useTell() {
  const toast = useToast();
  return (failure: Parameters<typeof failureText>[0] | undefined) => {
    if (failure) toast(failureText(failure));
  };
}

function useRun() {
  const run = useCommand();
  const tell = useTell();
  return async (command: Command) => {
    const outcome = await run(command);
    if (!outcome.ok) tell(outcome.failure);
  };
}
