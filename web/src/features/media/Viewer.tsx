/** The photos and videos of a message over the whole window, one at a time. */
import { ChevronLeft, ChevronRight, Download, X, ZoomIn, ZoomOut } from 'lucide-react';
import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { useT } from '../../i18n';
import { count, fullDate } from '../../i18n/dates';
import type { Attachment } from '../../sdk/types';
import { IconButton } from '../../ui/Button';
import { Modal } from '../../ui/Modal';
import { Film, Photo } from './Shown';
import { useKeys, useZoom, type Zoom } from './viewer-keys';
import { CLOSE, type Size, type View, WHOLE } from './zoom';

interface ViewerProps {
  /** Photos and videos. */
  attachments: Attachment[];
  /** Which of them is shown. */
  shown: number;
  onShow: (index: number) => void;
  /** Of the one that is shown: undefined while it is read, null if it cannot be had now. */
  address: string | null | undefined;
  /** What it looks like from afar, as an address; undefined if that is not known. */
  placeholder: string | undefined;
  /** Name of who sent them. */
  sender: string;
  time: number;
  /** Text of the message; may be empty. */
  caption: string;
  onDownload: (attachment: Attachment) => void;
  onClose: () => void;
}

export function Viewer(props: ViewerProps) {
  const t = useT();
  return (
    <Modal
      onCancel={props.onClose}
      label={t('viewer.label', { name: props.sender })}
      // Dark in every theme: nothing beside a picture should be brighter than it.
      className="m-0! h-dvh max-h-none! w-dvw max-w-none! rounded-none! border-0! bg-background! text-ink! scheme-dark"
    >
      <Sheet {...props} />
    </Modal>
  );
}

function Sheet(props: ViewerProps) {
  const { attachments, onShow, onClose, sender } = props;
  const t = useT();
  const shown = Math.min(props.shown, attachments.length - 1);
  const attachment = attachments[shown];
  const [opened] = useState(shown);
  const [natural, setNatural] = useState<Size>();
  const { view, smooth, setView } = useView(attachment?.blob, () => setNatural(undefined));
  // What the message says of it is there before the picture is, and keeps its place.
  const picture = (attachment && known(attachment)) ?? natural ?? { width: 1, height: 1 };
  const still = attachment?.kind === 'image';
  const zoom = useZoom({ still, picture, view, setView });
  const onKeyDown = useKeys({ shown, last: attachments.length - 1, onShow, zoom });
  if (!attachment) return null;

  const wind = (by: number) => attachments[shown + by] && onShow(shown + by);
  const name = attachment.description || t(still ? 'viewer.photo' : 'viewer.video', { name: sender });
  const many = attachments.length > 1;
  const place = t('viewer.place', { number: count(shown + 1), count: count(attachments.length) });
  const common = { ...props, attachment, name };
  const lead = { stage: zoom.stage, picture, view, smooth, setView, onSwipe: wind, onPullDown: onClose };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of what is in it
    <div
      className="flex h-dvh flex-col"
      // A message that it was opened from would take them for its own.
      onPointerDown={stop}
      onContextMenu={stop}
      onKeyDown={(event) => {
        stop(event);
        onKeyDown(event);
      }}
    >
      <Top {...props} attachment={attachment} place={many ? place : undefined}>
        {still && props.address && <ZoomButton zoom={zoom} />}
      </Top>
      <p role="status" className="sr-only">
        {many && `${place}. ${name}. `}
        {zoom.large && t('viewer.move')}
      </p>
      <div className="relative min-h-0 flex-1">
        {still ? (
          <Photo {...common} {...lead} key={attachment.blob} onSize={setNatural} />
        ) : (
          <Film {...common} key={attachment.blob} autoPlay={shown === opened} />
        )}
        {many && <Arrows shown={shown} last={attachments.length - 1} wind={wind} />}
      </div>
      <Words caption={props.caption} description={attachment.description} />
    </div>
  );
}

function ZoomButton({ zoom: { large, by, whole } }: { zoom: Zoom }) {
  const t = useT();
  return (
    <IconButton
      label={t(large ? 'viewer.whole' : 'viewer.enlarge')}
      onClick={() => (large ? whole() : by(CLOSE))}
    >
      {large ? <ZoomOut size={20} aria-hidden /> : <ZoomIn size={20} aria-hidden />}
    </IconButton>
  );
}

function stop(event: SyntheticEvent): void {
  event.stopPropagation();
}

function known({ width, height }: Attachment): Size | undefined {
  return width && height ? { width, height } : undefined;
}

/** Each picture is whole when it comes. */
function useView(blob: string | undefined, onOther: () => void) {
  const [shown, setShown] = useState(blob);
  const [now, setNow] = useState<{ view: View; smooth: boolean }>({ view: WHOLE, smooth: false });
  if (blob !== shown) {
    setShown(blob);
    setNow({ view: WHOLE, smooth: false });
    onOther();
  }
  return { ...now, setView: (view: View, smooth: boolean) => setNow({ view, smooth }) };
}

interface TopProps extends ViewerProps {
  attachment: Attachment;
  place: string | undefined;
  children: ReactNode;
}

function Top({ attachment, sender, time, place, onDownload, onClose, children }: TopProps) {
  const t = useT();
  return (
    <header className="flex items-center gap-1 py-2.5 ps-4 pe-2.5 wide:ps-6 wide:pe-4">
      <div className="min-w-0 flex-1">
        <p className="truncate font-semibold">
          <bdi>{sender}</bdi>
        </p>
        <p className="truncate text-ink-2 text-meta tabular-nums">
          <time dateTime={new Date(time).toISOString()}>{fullDate(time)}</time>
          {place && <span aria-hidden> · {place}</span>}
        </p>
      </div>
      {children}
      {attachment.state.state !== 'gone' && (
        <IconButton label={t('viewer.download')} onClick={() => onDownload(attachment)}>
          <Download size={20} aria-hidden />
        </IconButton>
      )}
      <IconButton label={t('dialog.close')} data-autofocus onClick={onClose}>
        <X size={22} aria-hidden />
      </IconButton>
    </header>
  );
}

interface ArrowsProps {
  shown: number;
  last: number;
  wind: (by: 1 | -1) => void;
}

/** Not disabled at the ends: that would take the focus away. */
function Arrows({ shown, last, wind }: ArrowsProps) {
  const t = useT();
  const look =
    'absolute! inset-y-0 my-auto size-10! rounded-full! bg-background/70! text-ink! hover:bg-raised! aria-disabled:opacity-30';
  return (
    <>
      <IconButton
        label={t('viewer.previous')}
        aria-disabled={shown === 0}
        onClick={() => wind(-1)}
        className={`start-2 wide:start-4 ${look}`}
      >
        <ChevronLeft size={24} aria-hidden className="rtl:rotate-180" />
      </IconButton>
      <IconButton
        label={t('viewer.next')}
        aria-disabled={shown === last}
        onClick={() => wind(1)}
        className={`end-2 wide:end-4 ${look}`}
      >
        <ChevronRight size={24} aria-hidden className="rtl:rotate-180" />
      </IconButton>
    </>
  );
}

/** What the message says, and what the picture shows for those who do not see it. */
function Words({ caption, description }: { caption: string; description: string }) {
  if (!caption && !description) return <div className="h-4 shrink-0" />;
  return (
    <div
      // What scrolls must be reachable by keyboard.
      // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
      tabIndex={0}
      className="mx-auto max-h-[22dvh] w-full max-w-[47.5rem] shrink-0 overflow-y-auto px-5 pt-3 pb-5 text-center focus-visible:outline-offset-[-2px]"
    >
      {caption && (
        <p dir="auto" className="whitespace-pre-wrap break-words">
          {caption}
        </p>
      )}
      {description && (
        // It is the name of the picture already.
        <p dir="auto" aria-hidden className="break-words text-ink-2 text-meta">
          {description}
        </p>
      )}
    </div>
  );
}
