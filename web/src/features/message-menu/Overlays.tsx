/** Shows what was asked for of one message: its menu, a picker or a dialog. */
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import type { TimelineItem } from '../../sdk/types';
import { isMessage, useConversation } from '../conversation/context';
import { EmojiPopover } from '../emoji/EmojiPopover';
import { ForwardDialog } from '../forward/ForwardDialog';
import { MessageViewer } from '../media/MessageViewer';
import { MessageInfoDialog } from '../message-info/MessageInfoDialog';
import { VotesDialog } from '../poll/VotesDialog';
import { ReactionsDialog } from '../reactions/ReactionsDialog';
import { useReact } from '../reactions/react';
import { ReportDialog } from '../report/ReportDialog';
import { type Overlay, OverlayContext } from './context';
import { DeleteDialog } from './DeleteDialog';
import { MessageMenu } from './MessageMenu';

export function Overlays({ items, children }: { items: TimelineItem[]; children: ReactNode }) {
  const [overlay, setOverlay] = useState<Overlay>();
  const close = useCallback(() => setOverlay(undefined), []);
  useFocusBack(overlay?.key);
  // What left the window meanwhile is shown as it was.
  const last = useRef<TimelineItem>(undefined);
  const item = overlay && (items.find((other) => other.key === overlay.key) ?? last.current);
  last.current = item;
  return (
    <OverlayContext value={setOverlay}>
      {children}
      {overlay && item && <Shown overlay={overlay} item={item} onClose={close} />}
    </OverlayContext>
  );
}

/** What follows a menu cannot give the focus back to it: the message gets it, unless something else has. */
function useFocusBack(key: string | undefined): void {
  useEffect(() => {
    if (key === undefined) return;
    return () => {
      const message = document.querySelector<HTMLElement>(`[data-message="${CSS.escape(key)}"]`);
      if (document.activeElement === document.body) message?.focus({ preventScroll: true });
    };
  }, [key]);
}

interface ShownProps {
  overlay: Overlay;
  item: TimelineItem;
  onClose: () => void;
}

function Shown({ overlay, item, onClose }: ShownProps) {
  const react = useReact();
  const { conversation } = useConversation();
  if (overlay.show === 'menu') return <MessageMenu item={item} place={overlay.place} onClose={onClose} />;
  if (overlay.show === 'delete') return <DeleteDialog item={item} onClose={onClose} />;
  if (!isMessage(item)) return null;
  switch (overlay.show) {
    case 'react':
      return <MessageMenu short item={item} place={overlay.place} onClose={onClose} />;
    case 'emoji':
      return (
        <EmojiPopover
          place={overlay.place}
          onClose={onClose}
          onPick={(emoji) => {
            void react(item, emoji);
            onClose();
          }}
        />
      );
    case 'viewer':
      return <MessageViewer item={item} first={overlay.first} onClose={onClose} />;
    case 'forward':
      return <ForwardDialog item={item} onClose={onClose} />;
    case 'info':
      return <MessageInfoDialog item={item} onClose={onClose} />;
    case 'report':
      return (
        <ReportDialog
          conversation={conversation}
          about={item.content.sender}
          keys={[item.key]}
          onClose={onClose}
        />
      );
    case 'votes':
      return item.content.poll && <VotesDialog item={item} poll={item.content.poll} onClose={onClose} />;
    case 'reactions':
      return <ReactionsDialog item={item} onClose={onClose} />;
  }
}
