/** The photos and videos of a message in the viewer, each read when it is shown. */
import { useEffect, useState } from 'react';
import { useT } from '../../i18n';
import { useClient } from '../../sdk/store';
import type { Attachment } from '../../sdk/types';
import { useToast } from '../../ui/Toast';
import type { MessageItem } from '../conversation/context';
import { download, usePlayed, useWhole } from './address';
import { thumbOf } from './thumb';
import { Viewer } from './Viewer';
import { isSeen } from './words';

/** Where the bytes of an attachment are found, once that is known. */
interface Found {
  blob: string;
  address: string | null | undefined;
}

interface MessageViewerProps {
  item: MessageItem;
  /** Which one it opens with. */
  first: number;
  onClose: () => void;
}

export function MessageViewer({ item, first, onClose }: MessageViewerProps) {
  const t = useT();
  const client = useClient();
  const toast = useToast();
  const [shown, setShown] = useState(first);
  const [found, setFound] = useState<Found>();
  const attachments = item.content.attachments.filter(isSeen);
  const index = Math.min(shown, attachments.length - 1);
  const attachment = attachments[index];
  if (!attachment) return null;
  return (
    <>
      <Read key={attachment.blob} attachment={attachment} onFound={setFound} />
      <Viewer
        attachments={attachments}
        shown={index}
        onShow={setShown}
        address={found?.blob === attachment.blob ? found.address : undefined}
        placeholder={thumbOf(attachment.thumbhash)}
        sender={item.content.sender.display_name}
        time={item.time}
        caption={item.content.text}
        onDownload={(wanted) => void download(client, wanted).catch(() => toast(t('media.unreadable')))}
        onClose={onClose}
      />
    </>
  );
}

/** Reads one, and gives it back when another is shown. */
function Read({ attachment, onFound }: { attachment: Attachment; onFound: (found: Found) => void }) {
  const { blob, kind } = attachment;
  const still = kind === 'image';
  const whole = useWhole(attachment, still);
  const played = usePlayed(attachment, !still);
  const address = still ? whole : played;
  useEffect(() => onFound({ blob, address }), [blob, address, onFound]);
  return null;
}
