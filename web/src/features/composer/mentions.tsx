/** Completes mentions: while a name is typed after an @, members whose names begin like it are offered. */
import { type KeyboardEvent, useEffect, useId, useState } from 'react';
import { useT } from '../../i18n';
import { useCommand } from '../../sdk/store';
import type { Person } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import { useConversation } from '../conversation/context';

/** What is typed of a name, before the caret. */
const BEGUN = /(?:^|[\s(])@([\p{L}\p{N}_.]{0,32})$/u;

const NOBODY: Person[] = [];

interface MentionsProps {
  field: { current: HTMLTextAreaElement | null };
  text: string;
  /** Puts text in place of so many characters before the caret. */
  insert: (text: string, before: number) => void;
}

export interface Mentions {
  id: string;
  people: Person[];
  chosen: number;
  choose: (person: Person) => void;
  /** Looks again at what stands before the caret. */
  look: () => void;
  /** Whether it took the key. */
  onKeyDown: (event: KeyboardEvent) => boolean;
  aria: Record<string, string | undefined>;
}

export function useMentions({ field, text, insert }: MentionsProps): Mentions {
  const { group } = useConversation();
  const id = useId();
  const [begun, setBegun] = useState<string>();
  const [dismissed, setDismissed] = useState<string>();
  const [chosen, setChosen] = useState(0);
  const wanted = group && begun !== dismissed ? begun : undefined;
  const people = usePeopleLike(wanted);

  function look() {
    const caret = field.current?.selectionStart ?? 0;
    const before = (field.current?.value ?? text).slice(Math.max(0, caret - 40), caret);
    const now = BEGUN.exec(before)?.[1];
    if (now === begun) return;
    setBegun(now);
    setDismissed(undefined);
    setChosen(0);
  }

  function choose(person: Person) {
    insert(`@${person.username} `, (begun?.length ?? 0) + 1);
    setBegun(undefined);
  }

  function onKeyDown(event: KeyboardEvent): boolean {
    const person = people[chosen];
    if (!person) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setChosen((chosen + step + people.length) % people.length);
    else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') choose(person);
    else if (event.key === 'Escape') setDismissed(begun);
    else return false;
    event.preventDefault();
    return true;
  }

  const open = people.length > 0;
  const aria = {
    'aria-autocomplete': group ? 'list' : undefined,
    'aria-controls': open ? id : undefined,
    'aria-activedescendant': open ? `${id}-${chosen}` : undefined,
  } as const;
  return { id, people, chosen, choose, look, onKeyDown, aria };
}

/** Members whose names begin like this; nobody while nothing is wanted. */
function usePeopleLike(prefix: string | undefined): Person[] {
  const { conversation } = useConversation();
  const run = useCommand();
  const [people, setPeople] = useState<Person[]>([]);
  useEffect(() => {
    if (prefix === undefined) return setPeople(NOBODY);
    let current = true;
    void run({ command: 'complete_mention', conversation, prefix }).then((outcome) => {
      if (current) setPeople(outcome.ok && outcome.answer.answer === 'people' ? outcome.answer.people : []);
    });
    return () => {
      current = false;
    };
  }, [prefix, conversation, run]);
  return prefix === undefined ? NOBODY : people;
}

export function MentionList({ mentions }: { mentions: Mentions }) {
  const t = useT();
  const { id, people, chosen, choose } = mentions;
  if (people.length === 0) return null;
  return (
    <div
      id={id}
      role="listbox"
      aria-label={t('composer.mentions')}
      className="absolute inset-x-0 bottom-full z-2 mb-2 max-h-60 animate-appear overflow-y-auto rounded-row border border-line bg-raised p-1.5 shadow-float wide:max-w-80"
    >
      {people.map((person, index) => (
        // The field keeps the focus and has the keys.
        // biome-ignore lint/a11y/useKeyWithClickEvents: see above
        <div
          key={person.account}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          ref={index === chosen ? (element) => element?.scrollIntoView?.({ block: 'nearest' }) : undefined}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => choose(person)}
          className="flex cursor-pointer items-center gap-3 rounded-[9px] px-2 py-1.5 hover:bg-hover aria-selected:bg-hover"
        >
          <Avatar id={person.account} name={person.display_name} picture={person.picture} size="small" />
          <span className="min-w-0 flex-1 truncate" dir="auto">
            {person.display_name}
          </span>
          <span className="truncate text-ink-2 text-meta">@{person.username}</span>
        </div>
      ))}
    </div>
  );
}
