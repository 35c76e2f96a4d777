/** What one most often does with a conversation, side by side. */
import {
  BellOff,
  BellRing,
  type LucideIcon,
  Pencil,
  Search,
  UserRoundCheck,
  UserRoundPlus,
} from 'lucide-react';
import { type MouseEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { ConversationRow, Details, Person } from '../../sdk/types';
import { Menu, type MenuPlace } from '../../ui/Menu';
import { useToast } from '../../ui/Toast';
import { useArrange } from '../conversation-list/arrange';
import { MuteItems } from '../conversation-list/MuteItems';
import { isMuted } from '../conversation-list/sections';
import type { View } from './DetailsDialog';

interface QuickActionsProps {
  details: Details;
  row: ConversationRow | undefined;
  other: Person | undefined;
  onView: (view: View) => void;
  onClose: () => void;
}

export function QuickActions({ details, row, other, onView, onClose }: QuickActionsProps) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const [, navigate] = useLocation();
  const { arrange } = useArrange();
  const [menu, setMenu] = useState<MenuPlace>();
  const { conversation } = details;
  const muted = row ? isMuted(row) : false;

  async function setContact(account: string) {
    const outcome = await run({ command: 'set_contact', account, contact: !details.contact });
    if (!outcome.ok) toast(failureText(outcome.failure));
  }

  function mute(event: MouseEvent<HTMLElement>) {
    if (muted) void arrange(conversation, { arrange: 'mute', until: null });
    else setMenu(event.currentTarget.getBoundingClientRect());
  }

  return (
    <div className="flex justify-center gap-2">
      <Tile icon={muted ? BellRing : BellOff} label={t(muted ? 'list.unmute' : 'list.mute')} onClick={mute} />
      <Tile
        icon={Search}
        label={t('details.search')}
        onClick={() => {
          onClose();
          navigate(`/search?in=${conversation}`);
        }}
      />
      {other && !details.blocked && (
        <Tile
          icon={details.contact ? UserRoundCheck : UserRoundPlus}
          label={t(details.contact ? 'contact.remove' : 'contact.add')}
          onClick={() => void setContact(other.account)}
        />
      )}
      {!other && details.kind === 'group' && details.may_edit && (
        <Tile icon={Pencil} label={t('edit_group.action')} view="edit" onClick={() => onView('edit')} />
      )}
      {menu && (
        <Menu label={t('list.mute')} place={menu} onClose={() => setMenu(undefined)}>
          <MuteItems conversation={conversation} onClose={() => setMenu(undefined)} />
        </Menu>
      )}
    </div>
  );
}

interface TileProps {
  icon: LucideIcon;
  label: string;
  view?: View;
  onClick: (event: MouseEvent<HTMLElement>) => void;
}

function Tile({ icon: Icon, label, view, onClick }: TileProps) {
  return (
    <button
      type="button"
      data-view={view}
      onClick={onClick}
      className="flex w-28 min-w-0 flex-col items-center gap-1.5 rounded-row border border-line bg-raised px-1.5 py-2.5 font-medium text-meta transition-colors hover:bg-hover"
    >
      <Icon size={19} aria-hidden className="text-accent" />
      <span className="max-w-full break-words text-center">{label}</span>
    </button>
  );
}
