/** A message with its sender, its bubble and what belongs to it. */
import { type FocusEvent, type KeyboardEvent, type MouseEvent, useId, useRef, useState } from 'react';
import type { ItemContent, Person } from '../../sdk/types';
import { Avatar } from '../../ui/Avatar';
import type { MenuPlace } from '../../ui/Menu';
import { isMessage, useConversation } from '../conversation/context';
import { useLongPress } from '../conversation-list/long-press';
import { useOverlay } from '../message-menu/context';
import { MessageBar } from '../message-menu/MessageBar';
import { Reactions } from '../reactions/Reactions';
import { Bubble } from './Bubble';
import { FailedActions } from './FailedActions';
import type { Row } from './rows';

export interface MessageArticleProps {
  content: Exclude<ItemContent, { type: 'notice' }>;
  row: Row;
  highlighted: boolean;
}

export function MessageArticle({ content, row, highlighted }: MessageArticleProps) {
  const { conversation, group } = useConversation();
  const { item } = row;
  const id = useId();
  const own = 'own' in content && content.own;
  const named = group && !own;
  const failed = content.type === 'message' && content.delivery === 'failed';
  const { ref, active, handlers } = useActions(item.key);
  return (
    <article
      {...handlers}
      data-message={item.key}
      tabIndex={-1}
      id={id}
      // Named by who wrote it, what it says and how it stands, and described by what belongs to it.
      aria-label={content.sender.display_name}
      aria-labelledby={`${id} ${id}-says`}
      aria-describedby={isMessage(item) ? `${id}-more` : undefined}
      className={`group/message flex flex-col focus-visible:outline-none ${row.first ? 'pt-2.5' : 'pt-0.5'} ${own ? 'items-end' : 'items-start'}`}
    >
      {highlighted && (
        <span
          aria-hidden
          className="pointer-events-none absolute -inset-x-2 top-0 -bottom-1 animate-flash rounded-bubble bg-accent-soft opacity-0"
        />
      )}
      {named && row.first && <Sender person={content.sender} />}
      <div
        className={`relative flex max-w-[min(100%,40rem)] items-end gap-2 ${own ? 'ps-11 wide:ps-28' : 'pe-6 wide:pe-28'}`}
      >
        {named && (row.last ? <GroupAvatar person={content.sender} /> : <span className="w-8 shrink-0" />)}
        <div
          ref={ref}
          className="relative min-w-0 rounded-bubble outline-offset-2 outline-accent group-focus-visible/message:outline-2 pointer-coarse:select-none"
        >
          <div id={`${id}-says`}>
            <Bubble content={content} row={row} own={own} />
          </div>
          {active && !failed && <MessageBar item={item} own={own} />}
        </div>
      </div>
      {isMessage(item) && (
        <div id={`${id}-more`} className={`max-w-full ${named ? 'ps-10' : ''}`}>
          <Reactions item={item} />
        </div>
      )}
      {failed && <FailedActions conversation={conversation} id={item.key} reason={content.failure} />}
    </article>
  );
}

/** When the bar is shown, and what opens the menu: Enter, the menu key, a right click or a finger that stays. */
function useActions(key: string) {
  const open = useOverlay();
  const ref = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState(false);
  const [focused, setFocused] = useState(false);
  const press = useLongPress((place: MenuPlace) => {
    ref.current?.closest<HTMLElement>('[data-message]')?.focus({ preventScroll: true });
    open({ show: 'menu', key, place });
  });

  const handlers = {
    ...press,
    onContextMenu(event: MouseEvent<HTMLElement>) {
      // Addresses and chosen text have the browser's own menu.
      const chosen = getSelection()?.isCollapsed === false;
      if (chosen || (event.target as Element).closest('a')) return;
      press.onContextMenu(event);
    },
    onKeyDown(event: KeyboardEvent<HTMLElement>) {
      if (event.key !== 'Enter' || event.target !== event.currentTarget || !ref.current) return;
      event.preventDefault();
      open({ show: 'menu', key, place: ref.current.getBoundingClientRect() });
    },
    // Not on entering: that is lost when a menu under the pointer goes away.
    onMouseOver: () => setHovered(true),
    onMouseLeave: () => setHovered(false),
    onFocus: (event: FocusEvent) => setFocused(event.target.matches(':focus-visible')),
    onBlur: () => setFocused(false),
  };
  return { ref, active: hovered || focused, handlers };
}

function Sender({ person }: { person: Person }) {
  return (
    <span className="relative ps-13 pb-1 font-semibold text-[0.8125rem] text-ink-2 leading-4" dir="auto">
      {person.display_name}
    </span>
  );
}

function GroupAvatar({ person }: { person: Person }) {
  return <Avatar id={person.account} name={person.display_name} picture={person.picture} size="small" />;
}
