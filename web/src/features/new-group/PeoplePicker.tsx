/** Chooses several people: they become chips, in the order they were chosen. */
import { Check, X } from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import type { Person } from '../../sdk/types';
import { Callout } from '../../ui/Callout';
import { RowSkeleton } from '../../ui/Skeleton';
import { TextField } from '../../ui/TextField';
import { PersonRow } from '../new-chat/PersonRow';
import { useContacts, usePeople } from '../new-chat/people';

interface PeoplePickerProps {
  chosen: Person[];
  onChange: (chosen: Person[]) => void;
  /** Accounts that are in already and cannot be chosen. */
  except?: string[];
}

export function PeoplePicker({ chosen, onChange, except = [] }: PeoplePickerProps) {
  const t = useT();
  const [typed, setTyped] = useState('');
  const prefix = typed.trim();
  const found = usePeople(prefix);
  const contacts = useContacts();
  const offered = prefix ? (found?.people ?? []) : contacts;
  const people = offered.filter((person) => !except.includes(person.account));
  const isChosen = (person: Person) => chosen.some((other) => other.account === person.account);

  function toggle(person: Person) {
    if (isChosen(person)) return onChange(chosen.filter((other) => other.account !== person.account));
    onChange([...chosen, person]);
    setTyped('');
  }

  return (
    <div className="flex flex-col gap-3">
      {chosen.length > 0 && (
        <ul aria-label={t('people.chosen')} className="flex flex-wrap gap-1.5">
          {chosen.map((person) => (
            <li key={person.account}>
              <button
                type="button"
                aria-label={t('people.remove', { name: person.display_name })}
                onClick={() => toggle(person)}
                className="inline-flex max-w-52 animate-appear items-center gap-1.5 rounded-full bg-accent-soft py-1 ps-3 pe-2 text-ink text-meta hover:bg-badge"
              >
                <span className="truncate" dir="auto">
                  {person.display_name}
                </span>
                <X size={14} aria-hidden className="shrink-0 text-ink-2" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <TextField
        label={t('people.search')}
        hint={t('people.search_hint')}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
      />
      <div className="-mx-2.5 min-h-44">
        {prefix && !found && <RowSkeleton />}
        {found?.failure && <Callout kind="error">{failureText(found.failure)}</Callout>}
        {prefix && found && !found.failure && people.length === 0 && (
          <p className="px-2.5 py-2 text-ink-2 text-meta">{t('people.none', { prefix: found.prefix })}</p>
        )}
        {people.map((person) => (
          <PersonRow
            key={person.account}
            person={person}
            pressed={isChosen(person)}
            onClick={() => toggle(person)}
            end={isChosen(person) && <Check size={18} aria-hidden className="text-accent" />}
          />
        ))}
      </div>
    </div>
  );
}
