/** What can be done with a message. */
import { Copy, Download, Flag, Forward, Info, Link2, Pencil, Reply, SmilePlus, Trash2 } from 'lucide-react';
import { useT } from '../../i18n';
import { useClient } from '../../sdk/store';
import type { TimelineItem } from '../../sdk/types';
import { Menu, MenuItem, MenuLine, type MenuPlace } from '../../ui/Menu';
import { useToast } from '../../ui/Toast';
import { isMessage, type MessageItem, useConversation } from '../conversation/context';
import { download } from '../media/address';
import { useReact } from '../reactions/react';
import { type DialogName, useOverlay } from './context';
import { QuickEmoji } from './QuickEmoji';

interface MessageMenuProps {
  item: TimelineItem;
  place: MenuPlace;
  /** Only the emoji to react with. */
  short?: boolean;
  onClose: () => void;
}

export function MessageMenu({ item, place, short = false, onClose }: MessageMenuProps) {
  const t = useT();
  const open = useOverlay();
  const react = useReact();
  const { writable } = useConversation();
  const sent = isMessage(item) && item.content.delivery !== 'failed';

  function onMore() {
    const rect = 'width' in place ? place : new DOMRect(place.x, place.y, 0, 0);
    open({ show: 'emoji', key: item.key, place: rect });
  }

  return (
    <Menu label={t(short ? 'message.react' : 'message.menu')} place={place} onClose={onClose}>
      {sent && writable && (
        <QuickEmoji
          own={item.content.reactions.flatMap(({ emoji, own }) => (own ? emoji : []))}
          onPick={(emoji) => {
            void react(item, emoji);
            onClose();
          }}
          onMore={onMore}
        />
      )}
      {!short && sent && writable && <MenuLine />}
      {!short && <Items item={item} sent={sent} onClose={onClose} />}
    </Menu>
  );
}

interface ItemsProps {
  item: TimelineItem;
  /** A message that others may have. */
  sent: boolean;
  onClose: () => void;
}

function Items({ item, sent, onClose }: ItemsProps) {
  const t = useT();
  const open = useOverlay();
  const { content, key } = item;
  const own = content.type !== 'notice' && 'own' in content && content.own;
  const show = (what: DialogName) => () => open({ show: what, key });
  return (
    <>
      {isMessage(item) && sent && <Writing item={item} onClose={onClose} />}
      {isMessage(item) && <Copying item={item} onClose={onClose} />}
      {sent && (
        <>
          {isForwarded(item) && (
            <MenuItem icon={Forward} onSelect={show('forward')}>
              {t('message.forward')}
            </MenuItem>
          )}
          {hasReactions(item) && (
            <MenuItem icon={SmilePlus} onSelect={show('reactions')}>
              {t('message.reactions')}
            </MenuItem>
          )}
          <MenuItem icon={Info} onSelect={show('info')}>
            {t('message.info')}
          </MenuItem>
        </>
      )}
      {sent && <MenuLine />}
      {sent && !own && (
        <MenuItem icon={Flag} onSelect={show('report')}>
          {t('message.report')}
        </MenuItem>
      )}
      <MenuItem icon={Trash2} danger onSelect={show('delete')}>
        {t('message.delete')}
      </MenuItem>
    </>
  );
}

/** Polls are asked where they are, and files belong to one message. */
function isForwarded(item: TimelineItem): boolean {
  return !isMessage(item) || (item.content.poll === null && item.content.attachments.length === 0);
}

function hasReactions(item: TimelineItem): boolean {
  return isMessage(item) && item.content.reactions.length > 0;
}

/** What leads to the composer. */
function Writing({ item, onClose }: { item: MessageItem; onClose: () => void }) {
  const t = useT();
  const { writable, setTarget } = useConversation();
  if (!writable) return null;
  function write(mode: 'reply' | 'edit') {
    setTarget({ mode, item });
    onClose();
  }
  return (
    <>
      <MenuItem icon={Reply} onSelect={() => write('reply')}>
        {t('message.reply')}
      </MenuItem>
      {item.content.may_edit && (
        <MenuItem icon={Pencil} onSelect={() => write('edit')}>
          {t('message.edit')}
        </MenuItem>
      )}
    </>
  );
}

function Copying({ item, onClose }: { item: MessageItem; onClose: () => void }) {
  const t = useT();
  const toast = useToast();
  const client = useClient();
  const { conversation } = useConversation();

  function copy(text: string, said: 'message.copied' | 'message.link_copied') {
    onClose();
    navigator.clipboard.writeText(text).then(
      () => toast(t(said)),
      () => toast(t('message.copy_failed')),
    );
  }

  const link = `${location.origin}/c/${conversation}?m=${encodeURIComponent(item.key)}`;
  return (
    <>
      {item.content.text !== '' && (
        <MenuItem icon={Copy} onSelect={() => copy(item.content.text, 'message.copied')}>
          {t('message.copy')}
        </MenuItem>
      )}
      {item.content.attachments.length > 0 && (
        <MenuItem
          icon={Download}
          onSelect={() => {
            onClose();
            for (const attachment of item.content.attachments) {
              void download(client, attachment).catch(() => toast(t('media.unreadable')));
            }
          }}
        >
          {t('media.download')}
        </MenuItem>
      )}
      <MenuItem icon={Link2} onSelect={() => copy(link, 'message.link_copied')}>
        {t('message.copy_link')}
      </MenuItem>
    </>
  );
}
