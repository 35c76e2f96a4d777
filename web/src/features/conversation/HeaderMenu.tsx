/** What can be done in an open conversation. */
import { BellOff, BellRing, CalendarSearch, ChevronLeft, Info, Search } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useT } from '../../i18n';
import type { ConversationRow } from '../../sdk/types';
import { Menu, MenuItem, MenuLine, type MenuPlace } from '../../ui/Menu';
import { useArrange } from '../conversation-list/arrange';
import { MuteItems } from '../conversation-list/MuteItems';

interface HeaderMenuProps {
  row: ConversationRow;
  place: MenuPlace;
  onShow: (what: 'details' | 'date') => void;
  onClose: () => void;
}

export function HeaderMenu({ row, place, onShow, onClose }: HeaderMenuProps) {
  const t = useT();
  const [, navigate] = useLocation();
  const { arrange } = useArrange();
  const [muting, setMuting] = useState(false);
  const { conversation } = row;

  if (muting) {
    return (
      <Menu key="mute" label={t('conversation.mute')} place={place} onClose={onClose}>
        <MuteItems conversation={conversation} onClose={onClose} />
        <MenuLine />
        <MenuItem icon={ChevronLeft} mirrored onSelect={() => setMuting(false)}>
          {t('new_group.back')}
        </MenuItem>
      </Menu>
    );
  }

  function unmute() {
    void arrange(conversation, { arrange: 'mute', until: null });
    onClose();
  }

  const muted = row.muted_until !== null && row.muted_until > Date.now();
  return (
    <Menu label={t('conversation.menu')} place={place} onClose={onClose}>
      <MenuItem icon={Search} onSelect={() => navigate(`/search?in=${conversation}`)}>
        {t('conversation.search')}
      </MenuItem>
      <MenuItem icon={CalendarSearch} onSelect={() => onShow('date')}>
        {t('conversation.jump_to_date')}
      </MenuItem>
      <MenuLine />
      <MenuItem icon={muted ? BellRing : BellOff} onSelect={muted ? unmute : () => setMuting(true)}>
        {t(muted ? 'conversation.unmute' : 'conversation.mute')}
      </MenuItem>
      <MenuItem icon={Info} onSelect={() => onShow('details')}>
        {t('details.title')}
      </MenuItem>
    </Menu>
  );
}
