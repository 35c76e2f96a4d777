/** What the viewer shows: a photo that can be enlarged, or a video; what it looks like from afar until it is there. */
import { type ReactNode, type RefObject, useLayoutEffect, useState } from 'react';
import { useT } from '../../i18n';
import type { Attachment } from '../../sdk/types';
import { type GestureOptions, sizeOf, useGestures } from './gestures';
import { player } from './playing';
import { fitted, type Size } from './zoom';

interface ShownProps {
  attachment: Attachment;
  address: string | null | undefined;
  placeholder: string | undefined;
  /** What it is called by those who do not see it. */
  name: string;
}

interface PhotoProps extends ShownProps, GestureOptions {
  stage: RefObject<HTMLDivElement | null>;
  smooth: boolean;
  /** Its size, which a message need not tell. */
  onSize: (size: Size) => void;
}

export function Photo(props: PhotoProps) {
  const { attachment, address, placeholder, name, stage, picture, view, smooth, onSize } = props;
  const gestures = useGestures(props);
  const room = useRoom(stage);
  const [drawn, setDrawn] = useState(false);
  const [broken, setBroken] = useState(false);
  const { width, height } = fitted(picture, room);
  const problem = useProblem(attachment, broken ? null : address);
  return (
    <div
      ref={stage}
      {...gestures}
      className={`flex size-full touch-none select-none items-center justify-center overflow-hidden ${view.zoom > 1 ? 'cursor-grab active:cursor-grabbing' : ''}`}
    >
      <div
        className={`relative shrink-0 overflow-hidden ${smooth ? 'transition-transform' : ''}`}
        style={{ width, height, transform: `translate(${view.x}px, ${view.y}px) scale(${view.zoom})` }}
      >
        <Afar placeholder={placeholder} there={drawn} />
        {address && !problem && (
          <img
            src={address}
            alt={name}
            draggable={false}
            onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => {
              setDrawn(true);
              onSize({ width: naturalWidth, height: naturalHeight });
            }}
            onError={() => setBroken(true)}
            className={`absolute inset-0 size-full object-contain transition-opacity ${drawn ? '' : 'opacity-0'}`}
          />
        )}
      </div>
      {problem}
      <Fetching attachment={attachment} hidden={drawn || problem !== undefined} />
    </div>
  );
}

interface FilmProps extends ShownProps {
  autoPlay: boolean;
}

export function Film({ attachment, address, placeholder, name, autoPlay }: FilmProps) {
  const t = useT();
  const [broken, setBroken] = useState(false);
  const problem = useProblem(attachment, address);
  if (problem) return problem;
  if (broken) return <Problem>{t('viewer.unplayable')}</Problem>;
  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: what people film has no captions */}
      <video
        src={address ?? undefined}
        poster={placeholder}
        controls={address !== undefined}
        autoPlay={autoPlay}
        playsInline
        preload="metadata"
        aria-label={name}
        onPlay={() => player.halt()}
        onError={() => address && setBroken(true)}
        className="size-full object-contain"
      />
      <Fetching attachment={attachment} hidden={address !== undefined} />
    </>
  );
}

/** What to say where there is nothing to see. */
function useProblem({ state }: Attachment, address: string | null | undefined): ReactNode | undefined {
  const t = useT();
  if (state.state === 'gone') return <Problem>{t('viewer.gone')}</Problem>;
  return address === null ? <Problem>{t('viewer.failed')}</Problem> : undefined;
}

function Problem({ children }: { children: ReactNode }) {
  return (
    <p
      role="alert"
      className="absolute inset-0 m-auto h-fit w-fit max-w-80 rounded-control bg-background/80 px-4 py-3 text-center"
    >
      {children}
    </p>
  );
}

function Afar({ placeholder, there }: { placeholder: string | undefined; there: boolean }) {
  if (there) return null;
  if (!placeholder) return <span className="absolute inset-0 animate-breathe bg-badge" />;
  return <img src={placeholder} alt="" draggable={false} className="absolute inset-0 size-full" />;
}

/** How much of it has come. */
function Fetching({ attachment: { state, size }, hidden }: { attachment: Attachment; hidden: boolean }) {
  const t = useT();
  if (hidden || state.state !== 'fetching') return null;
  const part = size > 0 ? Math.min(1, state.done / size) : 0;
  return (
    <span
      role="progressbar"
      aria-label={t('viewer.loading')}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(100 * part)}
      className="absolute inset-x-0 bottom-4 mx-auto h-1 w-40 max-w-1/2 overflow-hidden rounded-full bg-badge"
    >
      <span
        className="block h-full origin-left rounded-full bg-accent transition-transform rtl:origin-right"
        style={{ transform: `scaleX(${part})` }}
      />
    </span>
  );
}

/** How large the stage is, also after the window has changed. */
function useRoom(stage: RefObject<HTMLElement | null>): Size {
  const [room, setRoom] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = stage.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setRoom(sizeOf(element)));
    observer.observe(element);
    setRoom(sizeOf(element));
    return () => observer.disconnect();
  }, [stage]);
  return room;
}
