import type { ReactNode } from 'react';
import type { Person } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';

interface PersonRowProps {
  person: Person;
  onClick?: () => void;
  disabled?: boolean;
  /** Chosen or not, where several may be. */
  pressed?: boolean;
  end?: ReactNode;
}

/** Someone, to be read or pressed. */
export function PersonRow({ person, onClick, disabled, pressed, end }: PersonRowProps) {
  const content = (
    <>
      <Avatar id={person.account} name={person.display_name} size="medium" />
      <span className="flex min-w-0 flex-1 flex-col text-start">
        <span className="truncate font-medium" dir="auto">
          {person.display_name}
        </span>
        <span className="truncate text-ink-2 text-meta">@{person.username}</span>
      </span>
      {end}
    </>
  );
  const frame = 'flex w-full items-center gap-3 rounded-row px-2.5 py-2';
  if (!onClick) return <div className={frame}>{content}</div>;
  return (
    <button
      type="button"
      data-row
      onClick={onClick}
      disabled={disabled}
      aria-pressed={pressed}
      className={`${frame} transition-colors hover:bg-hover focus-visible:outline-offset-[-2px] disabled:opacity-60`}
    >
      {content}
    </button>
  );
}
