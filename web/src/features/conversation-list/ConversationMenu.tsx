/** What can be done with a conversation from the list. */
import {
  Archive,
  ArchiveRestore,
  BellOff,
  BellRing,
  ChevronLeft,
  LogOut,
  Mail,
  MailCheck,
  Pin,
  PinOff,
  Trash2,
} from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import type { ConversationRow } from '../../sdk/types';
import { Menu, MenuItem, MenuLine, type MenuPlace } from '../../ui/Menu';
import { LeaveDialog } from '../details/LeaveDialog';
import { useArrange } from './arrange';
import { DeleteChat } from './DeleteChat';
import { MuteItems } from './MuteItems';
import { isMuted } from './sections';

interface ConversationMenuProps {
  row: ConversationRow;
  place: MenuPlace;
  onClose: () => void;
}

export function ConversationMenu({ row, place, onClose }: ConversationMenuProps) {
  const t = useT();
  const [view, setView] = useState<'menu' | 'mute' | 'delete' | 'leave'>('menu');
  if (view === 'leave') return <LeaveDialog conversation={row.conversation} onClose={onClose} />;
  if (view === 'delete')
    return <DeleteChat conversation={row.conversation} name={row.name} onClose={onClose} />;
  return (
    <Menu
      key={view}
      label={view === 'mute' ? t('list.mute') : t('list.more', { name: row.name })}
      place={place}
      onClose={onClose}
    >
      {view === 'mute' ? (
        <>
          <MuteItems conversation={row.conversation} onClose={onClose} />
          <MenuLine />
          <MenuItem icon={ChevronLeft} mirrored onSelect={() => setView('menu')}>
            {t('dialog.back')}
          </MenuItem>
        </>
      ) : (
        <Items row={row} onView={setView} onClose={onClose} />
      )}
    </Menu>
  );
}

interface ItemsProps {
  row: ConversationRow;
  onView: (view: 'mute' | 'delete' | 'leave') => void;
  onClose: () => void;
}

function Items({ row, onView, onClose }: ItemsProps) {
  const t = useT();
  const { arrange, markRead } = useArrange();
  const { conversation } = row;
  const unread = row.unread > 0 || row.marked_unread;

  function close(after: Promise<void>) {
    void after;
    onClose();
  }

  return (
    <>
      {!row.archived && !row.request && (
        <MenuItem
          icon={row.pinned ? PinOff : Pin}
          onSelect={() => close(arrange(conversation, { arrange: 'pin', pinned: !row.pinned }))}
        >
          {t(row.pinned ? 'list.unpin' : 'list.pin')}
        </MenuItem>
      )}
      {isMuted(row) ? (
        <MenuItem
          icon={BellRing}
          onSelect={() => close(arrange(conversation, { arrange: 'mute', until: null }))}
        >
          {t('list.unmute')}
        </MenuItem>
      ) : (
        <MenuItem icon={BellOff} onSelect={() => onView('mute')}>
          {t('list.mute_for')}
        </MenuItem>
      )}
      {!row.request && (
        <MenuItem
          icon={row.archived ? ArchiveRestore : Archive}
          onSelect={() => close(arrange(conversation, { arrange: 'archive', archived: !row.archived }))}
        >
          {t(row.archived ? 'list.unarchive' : 'list.archive')}
        </MenuItem>
      )}
      <MenuItem
        icon={unread ? MailCheck : Mail}
        onSelect={() =>
          close(unread ? markRead(row) : arrange(conversation, { arrange: 'mark_unread', unread: true }))
        }
      >
        {t(unread ? 'list.mark_read' : 'list.mark_unread')}
      </MenuItem>
      <MenuLine />
      {row.may_leave && (
        <MenuItem icon={LogOut} danger onSelect={() => onView('leave')}>
          {t('leave.action')}
        </MenuItem>
      )}
      {(!row.may_leave || row.ended) && (
        <MenuItem icon={Trash2} danger onSelect={() => onView('delete')}>
          {t('delete_chat.action')}
        </MenuItem>
      )}
    </>
  );
}
