/** The pictures and videos of a message, large: wound by arrows and swipes, zoomed by wheel, keys and double clicks. */
import { ChevronLeft, ChevronRight, Download, X } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { useClient } from '../../sdk/store';
import type { Attachment } from '../../sdk/types';
import { IconButton } from '../../ui/Button';
import { Modal } from '../../ui/Modal';
import { useToast } from '../../ui/Toast';
import type { MessageItem } from '../conversation/context';
import { download, usePlayed, useWhole } from './address';
import { thumbOf } from './thumb';
import { isSeen } from './words';

const ZOOM_MAX = 5;
/** A finger that moves so far sideways means the next one; in pixels. */
const SWIPE = 60;

interface ViewerProps {
  item: MessageItem;
  /** Which one it opens with. */
  first: number;
  onClose: () => void;
}

export function Viewer({ item, first, onClose }: ViewerProps) {
  const shown = item.content.attachments.filter(isSeen);
  const sender = item.content.sender.display_name;
  const caption = item.content.text;
  const t = useT();
  const client = useClient();
  const toast = useToast();
  const [index, setIndex] = useState(first);
  const attachment = shown[Math.min(index, shown.length - 1)];
  if (!attachment) return null;

  function wind(by: number) {
    setIndex((now) => Math.min(shown.length - 1, Math.max(0, now + by)));
  }

  function onKeyDown({ key }: KeyboardEvent) {
    const forward = document.documentElement.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    if (key === 'ArrowLeft' || key === 'ArrowRight') wind(key === forward ? 1 : -1);
  }

  const many = shown.length > 1;
  const look = 'text-on-scrim! hover:bg-on-scrim/15!';
  return (
    <Modal
      onCancel={onClose}
      label={t('media.viewer')}
      className="m-0 h-dvh max-h-none w-dvw max-w-none rounded-none! border-0! bg-night!"
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys wind through what is in it */}
      <div className="flex h-dvh flex-col text-on-scrim" onKeyDown={onKeyDown}>
        <header className="flex items-center gap-2 px-4 py-3">
          <p className="min-w-0 flex-1 truncate font-semibold" dir="auto">
            {sender}
          </p>
          {many && (
            <span className="text-meta tabular-nums">
              {t('media.of', { number: index + 1, count: shown.length })}
            </span>
          )}
          <IconButton
            label={t('media.download')}
            className={look}
            onClick={() => download(client, attachment).catch(() => toast(t('media.unreadable')))}
          >
            <Download size={20} aria-hidden />
          </IconButton>
          <IconButton label={t('dialog.close')} className={look} onClick={onClose}>
            <X size={22} aria-hidden />
          </IconButton>
        </header>
        <div className="relative min-h-0 flex-1">
          {attachment.kind === 'video' ? (
            <Film key={attachment.blob} attachment={attachment} />
          ) : (
            <Picture key={attachment.blob} attachment={attachment} sender={sender} onSwipe={wind} />
          )}
          {many && (
            <>
              <IconButton
                label={t('media.previous')}
                disabled={index === 0}
                onClick={() => wind(-1)}
                className={`absolute! inset-y-0 start-3 my-auto bg-scrim! disabled:opacity-30 ${look}`}
              >
                <ChevronLeft size={24} aria-hidden className="rtl:rotate-180" />
              </IconButton>
              <IconButton
                label={t('media.next')}
                disabled={index === shown.length - 1}
                onClick={() => wind(1)}
                className={`absolute! inset-y-0 end-3 my-auto bg-scrim! disabled:opacity-30 ${look}`}
              >
                <ChevronRight size={24} aria-hidden className="rtl:rotate-180" />
              </IconButton>
            </>
          )}
        </div>
        {(attachment.description || caption) && (
          <p
            dir="auto"
            className="mx-auto max-h-[20vh] max-w-[47.5rem] overflow-y-auto px-5 py-3 text-center"
          >
            {attachment.description || caption}
          </p>
        )}
      </div>
    </Modal>
  );
}

interface PictureProps {
  attachment: Attachment;
  sender: string;
  onSwipe: (by: number) => void;
}

function Picture({ attachment, sender, onSwipe }: PictureProps) {
  const t = useT();
  const address = useWhole(attachment);
  const [zoom, setZoom] = useState(1);
  const [place, setPlace] = useState({ x: 0, y: 0 });
  const began = useRef<{ x: number; y: number }>(undefined);

  function zoomTo(next: number) {
    const bounded = Math.min(ZOOM_MAX, Math.max(1, next));
    setZoom(bounded);
    if (bounded === 1) setPlace({ x: 0, y: 0 });
  }

  function onPointerMove({ movementX, movementY, buttons }: PointerEvent) {
    if (zoom > 1 && buttons > 0) setPlace(({ x, y }) => ({ x: x + movementX, y: y + movementY }));
  }

  function onPointerUp({ clientX, pointerType }: PointerEvent) {
    const moved = clientX - (began.current?.x ?? clientX);
    const sign = document.documentElement.dir === 'rtl' ? 1 : -1;
    if (zoom === 1 && pointerType === 'touch' && Math.abs(moved) > SWIPE) onSwipe(sign * Math.sign(moved));
  }

  if (address === null)
    return <p className="flex h-full items-center justify-center">{t('media.unreadable')}</p>;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: fingers and wheels zoom what keys need not
    <div
      className="flex size-full touch-none items-center justify-center overflow-hidden"
      onWheel={({ deltaY }) => zoomTo(zoom * (deltaY < 0 ? 1.15 : 1 / 1.15))}
      onDoubleClick={() => zoomTo(zoom > 1 ? 1 : 2.5)}
      onPointerDown={({ clientX: x, clientY: y }) => {
        began.current = { x, y };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
    >
      <img
        src={address ?? thumbOf(attachment.thumbhash)}
        alt={attachment.description || t('media.photo_from', { name: sender })}
        draggable={false}
        width={attachment.width ?? undefined}
        height={attachment.height ?? undefined}
        className="h-auto max-h-full w-auto max-w-full object-contain"
        style={{ transform: `translate(${place.x}px, ${place.y}px) scale(${zoom})` }}
      />
    </div>
  );
}

function Film({ attachment }: { attachment: Attachment }) {
  const t = useT();
  const address = usePlayed(attachment, true);
  if (address === null)
    return <p className="flex h-full items-center justify-center">{t('media.unreadable')}</p>;
  return (
    // biome-ignore lint/a11y/useMediaCaption: what people film has no captions
    <video
      src={address}
      poster={thumbOf(attachment.thumbhash)}
      controls
      autoPlay
      playsInline
      aria-label={attachment.description || attachment.name}
      className="size-full object-contain"
    />
  );
}
