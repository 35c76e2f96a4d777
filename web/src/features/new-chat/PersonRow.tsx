import type { MouseEvent, ReactNode } from 'react';
import type { Person } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';

interface PersonRowProps {
  person: Person;
  onClick?: (event: MouseEvent<HTMLElement>) => void;
  disabled?: boolean;
  /** Chosen or not, where several may be. */
  pressed?: boolean;
  /** Whether its menu is open, if a press opens one. */
  menuOpen?: boolean;
  end?: ReactNode;
}

/** Someone, to be read or pressed. */
export function PersonRow({ person, onClick, disabled, pressed, menuOpen, end }: PersonRowProps) {
  const content = (
    <>
      <Avatar id={person.account} name={person.display_name} picture={person.picture} size="medium" />
      <span className="flex min-w-0 flex-1 flex-col text-start">
        <span className="truncate font-medium">
          <bdi>{person.display_name}</bdi>
        </span>
        <span className="truncate text-ink-2 text-meta">
          <bdi>@{person.username}</bdi>
        </span>
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
      aria-haspopup={menuOpen === undefined ? undefined : 'menu'}
      aria-expanded={menuOpen}
      className={`${frame} transition-colors hover:bg-hover focus-visible:outline-offset-[-2px] disabled:opacity-60`}
    >
      {content}
    </button>
  );
}
