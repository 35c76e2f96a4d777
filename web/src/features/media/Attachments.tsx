/** The photos, voice, videos and files of a message. */
import { Download, File as FileIcon, Play } from 'lucide-react';
import { useT } from '../../i18n';
import { playtime } from '../../i18n/playtime';
import { bytes } from '../../i18n/sizes';
import { useClient } from '../../sdk/store';
import type { Attachment } from '../../sdk/types';
import { useToast } from '../../ui/Toast';
import type { MessageItem } from '../conversation/context';
import { useOverlay } from '../message-menu/context';
import { download, useWhole } from './address';
import { Progress } from './Progress';
import { SoundPlayer } from './SoundPlayer';
import { thumbOf } from './thumb';
import { isSeen } from './words';

/** So many are shown of an album; more are counted on the last. */
const SHOWN = 4;

export function Attachments({ item, own }: { item: MessageItem; own: boolean }) {
  const open = useOverlay();
  const { attachments, sender } = item.content;
  const seen = attachments.filter(isSeen);
  const others = attachments.filter((attachment) => !isSeen(attachment));
  return (
    <div className="flex flex-col gap-1.5">
      {seen.length > 0 && (
        <Album
          seen={seen}
          sender={sender.display_name}
          onOpen={(first) => open({ show: 'viewer', key: item.key, first })}
        />
      )}
      {others.map((attachment) =>
        attachment.kind === 'file' ? (
          <FileCard key={attachment.blob} attachment={attachment} own={own} />
        ) : (
          <SoundPlayer key={attachment.blob} attachment={attachment} item={item} own={own} />
        ),
      )}
    </div>
  );
}

interface AlbumProps {
  seen: Attachment[];
  sender: string;
  onOpen: (index: number) => void;
}

/** One as it is, several as equal squares. */
function Album({ seen, sender, onOpen }: AlbumProps) {
  const [only] = seen;
  if (seen.length === 1 && only) {
    // As high as it is wide at most, and half of that at least.
    const ratio = Math.min(2, Math.max(0.75, (only.width ?? 4) / (only.height ?? 3)));
    return (
      <div className="w-80 max-w-full" style={{ aspectRatio: ratio }}>
        <Tile attachment={only} sender={sender} onOpen={() => onOpen(0)} />
      </div>
    );
  }
  const rest = seen.length - SHOWN;
  return (
    <div className="grid w-80 max-w-full grid-cols-2 gap-1">
      {seen.slice(0, SHOWN).map((attachment, index) => (
        <div
          key={attachment.blob}
          className={seen.length === 3 && index === 0 ? 'col-span-2 aspect-[2/1]' : 'aspect-square'}
        >
          <Tile
            attachment={attachment}
            sender={sender}
            more={index === SHOWN - 1 && rest > 0 ? rest : 0}
            onOpen={() => onOpen(index)}
          />
        </div>
      ))}
    </div>
  );
}

interface TileProps {
  attachment: Attachment;
  sender: string;
  more?: number;
  onOpen: () => void;
}

/** A picture or video that opens large. */
function Tile({ attachment, sender, more = 0, onOpen }: TileProps) {
  const t = useT();
  const { kind, state, thumbhash, description } = attachment;
  const address = useWhole(attachment, kind === 'image');
  const gone = state.state === 'gone';
  const thumb = thumbOf(thumbhash);
  const label =
    description || t(kind === 'video' ? 'media.video_from' : 'media.photo_from', { name: sender });
  return (
    <button
      type="button"
      disabled={gone}
      aria-label={gone ? t('media.gone') : label}
      onClick={onOpen}
      className="relative block size-full overflow-hidden rounded-[12px] bg-badge text-ink-2"
    >
      {thumb && <img src={thumb} alt="" className="absolute inset-0 size-full object-cover" />}
      {kind === 'image' && address && (
        <img
          src={address}
          alt=""
          draggable={false}
          className="absolute inset-0 size-full animate-appear object-cover"
        />
      )}
      {gone && <span className="relative px-4 text-meta">{t('media.gone')}</span>}
      {kind === 'video' && !gone && (
        <>
          <span className="absolute inset-0 m-auto inline-flex size-12 items-center justify-center rounded-full bg-scrim text-on-scrim">
            <Play size={22} aria-hidden className="ms-0.5" />
          </span>
          {attachment.duration !== null && (
            <span className="absolute end-2 bottom-2 rounded-full bg-scrim px-2 text-micro text-on-scrim tabular-nums">
              {playtime(attachment.duration)}
            </span>
          )}
        </>
      )}
      {more > 0 && (
        <span className="absolute inset-0 flex items-center justify-center bg-scrim text-on-scrim text-title">
          {t('media.more', { count: more })}
        </span>
      )}
      <Progress attachment={attachment} />
    </button>
  );
}

function FileCard({ attachment, own }: { attachment: Attachment; own: boolean }) {
  const t = useT();
  const client = useClient();
  const toast = useToast();
  const gone = attachment.state.state === 'gone';
  return (
    <button
      type="button"
      disabled={gone}
      aria-label={t('media.download_file', { name: attachment.name, size: bytes(attachment.size) })}
      onClick={() => download(client, attachment).catch(() => toast(t('media.unreadable')))}
      className={`flex w-72 max-w-full items-center gap-3 rounded-[12px] px-2.5 py-2 text-start transition-colors ${own ? 'bg-own-deep hover:bg-own-deep/70 focus-visible:outline-own-ink' : 'bg-ink/5 hover:bg-ink/8'}`}
    >
      <span
        className={`relative inline-flex size-10 shrink-0 items-center justify-center rounded-[10px] ${own ? 'bg-own-ink/15' : 'bg-ink/8'}`}
      >
        <FileIcon size={20} aria-hidden />
        <Progress attachment={attachment} />
      </span>
      <span className="flex min-w-0 flex-1 flex-col">
        <span dir="auto" className="truncate font-medium">
          {attachment.name}
        </span>
        <span className={`text-meta tabular-nums ${own ? 'text-own-ink-2' : 'text-ink-2'}`}>
          {gone ? t('media.gone') : bytes(attachment.size)}
        </span>
      </span>
      {!gone && <Download size={18} aria-hidden className="shrink-0" />}
    </button>
  );
}
