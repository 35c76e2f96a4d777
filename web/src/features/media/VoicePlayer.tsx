/** Plays a voice message or another sound. Another one that plays is halted; the next voice message of the chat follows it. */
import { Pause, Play } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { useT } from '../../i18n';
import { playtime, speed as speedText, spokenPlaytime } from '../../i18n/playtime';
import type { Attachment } from '../../sdk/types';
import { Progress } from './Progress';
import { type Playback, player, usePlayback, useSpeed } from './playing';
import { Wave } from './Wave';
import { inBars } from './waveform';

const BARS = 28;
/** What a sound without a waveform is drawn as. */
const FLAT = new Array<number>(BARS).fill(24);

/** Arrow keys move by so many milliseconds, or by a part of what is short. */
const STEP = 5_000;
const STEPS_LEAST = 10;

interface VoicePlayerProps {
  attachment: Attachment;
  /** Undefined while it is read, null if it cannot be had now. */
  address: string | null | undefined;
  /** Called when it is to be played: now the address is needed. */
  onAsk: () => void;
  /** Name of who said it. */
  sender: string;
  /** On the accent-coloured bubble. */
  own: boolean;
  /** Finds the blob of the voice message after it in the chat. */
  next?: () => string | undefined;
}

export function VoicePlayer({ attachment, address, onAsk, sender, own, next }: VoicePlayerProps) {
  const t = useT();
  const { blob: id, kind, name, waveform, state } = attachment;
  const voice = kind === 'voice';
  const length = attachment.duration ?? 0;
  const frame = usePlayer(id, address, onAsk, next);
  const playback = usePlayback(id);
  const gone = state.state === 'gone';
  return (
    // biome-ignore lint/a11y/useSemanticElements: what is heard is no set of fields
    <div
      ref={frame}
      role="group"
      aria-label={voice ? t('voice.message', { name: sender }) : name}
      className={`w-72 max-w-full ${own ? '[&_:focus-visible]:outline-own-ink' : ''}`}
    >
      {!voice && (
        <p dir="auto" className="truncate font-medium">
          {name}
        </p>
      )}
      <div className="flex h-11 items-center gap-3">
        <span className="relative inline-flex shrink-0">
          <PlayButton id={id} playback={playback} own={own} disabled={gone} />
          <Progress attachment={attachment} />
        </span>
        <Track
          id={id}
          bars={waveform.length > 0 ? inBars(waveform, BARS) : FLAT}
          length={length}
          own={own}
          disabled={gone}
        />
        <Side playback={playback} length={length} own={own} />
      </div>
      <p
        role="status"
        className={`text-meta ${own ? 'text-own-ink' : 'text-ink-2'} ${gone || playback?.state === 'failed' ? 'pb-1' : ''}`}
      >
        {gone ? t('voice.gone') : playback?.state === 'failed' && t('voice.failed')}
      </p>
    </div>
  );
}

/** Plays it once it is asked for and its address is there. */
export function usePlayer(
  id: string,
  address: string | null | undefined,
  onAsk: () => void,
  next?: () => string | undefined,
) {
  const frame = useRef<HTMLDivElement>(null);
  const latest = useRef({ onAsk, next });
  latest.current = { onAsk, next };
  const waiting = usePlayback(id)?.state === 'waiting';
  useEffect(() => {
    const host = frame.current?.closest('[role=log], dialog, form') ?? frame.current ?? undefined;
    return player.draw(id, {
      next: () => latest.current.next?.(),
      host,
      ask: () => latest.current.onAsk(),
    });
  }, [id]);
  useEffect(() => {
    if (!waiting) return;
    if (address === null) player.fail(id);
    else if (address !== undefined) player.begin(id, address);
  }, [id, address, waiting]);
  return frame;
}

interface PlayButtonProps {
  id: string;
  playback: Playback | undefined;
  own: boolean;
  disabled: boolean;
}

export function PlayButton({ id, playback, own, disabled }: PlayButtonProps) {
  const t = useT();
  const playing = playback?.state === 'playing';
  const waiting = playback?.state === 'waiting';
  const label = t(playing ? 'voice.pause' : 'voice.play');
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-busy={waiting}
      disabled={disabled}
      onClick={() => player.press(id)}
      className={`inline-flex size-9 shrink-0 items-center justify-center rounded-full transition-colors disabled:opacity-55 ${waiting ? 'animate-breathe' : ''} ${own ? 'bg-own-ink text-own enabled:hover:bg-own-ink/90' : 'bg-accent text-accent-ink enabled:hover:bg-accent-strong'}`}
    >
      {playing ? (
        <Pause size={17} fill="currentColor" strokeWidth={0} aria-hidden />
      ) : (
        <Play size={17} fill="currentColor" aria-hidden className="ml-0.5" />
      )}
    </button>
  );
}

interface TrackProps {
  id: string;
  bars: number[];
  /** The same for a narrow window, where so many would touch each other. */
  fewer?: number[];
  /** In milliseconds. */
  length: number;
  own: boolean;
  disabled?: boolean;
}

/** The waveform, on which one goes to another place. Time runs from the left in every language, as on other players. */
export function Track({ id, bars, fewer, length, own, disabled = false }: TrackProps) {
  const t = useT();
  const at = Math.min(usePlayback(id)?.at ?? 0, length);

  const look = {
    part: length > 0 ? at / length : 0,
    past: own ? 'stroke-own-ink' : 'stroke-accent',
    rest: own ? 'stroke-own-ink-2/55' : 'stroke-ink-3/65',
  };

  function onKeyDown(event: KeyboardEvent) {
    const step = Math.min(STEP, length / STEPS_LEAST);
    const ways: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
    const way = ways[event.key];
    if (way === undefined) return;
    event.preventDefault();
    player.seek(id, Math.min(length, Math.max(0, at + way * step)));
  }

  return (
    <span dir="ltr" className="relative h-8 min-w-0 flex-1">
      <input
        type="range"
        aria-label={t('voice.position')}
        aria-valuetext={t('voice.position_of', { at: spokenPlaytime(at), length: spokenPlaytime(length) })}
        min={0}
        max={Math.max(1, length)}
        step={1}
        value={Math.round(at)}
        disabled={disabled || length === 0}
        onChange={(event) => player.seek(id, Number(event.target.value))}
        onKeyDown={onKeyDown}
        className="peer absolute inset-0 z-10 size-full touch-pan-y opacity-0 enabled:cursor-pointer"
      />
      <span
        aria-hidden
        className={`absolute inset-0 rounded-tight outline-offset-2 peer-disabled:opacity-55 peer-focus-visible:outline-2 ${own ? 'outline-own-ink' : 'outline-accent'}`}
      >
        <Wave {...look} bars={bars} className={fewer ? 'hidden wide:block' : ''} />
        {fewer && <Wave {...look} bars={fewer} className="wide:hidden" />}
      </span>
    </span>
  );
}

interface SideProps {
  playback: Playback | undefined;
  length: number;
  own: boolean;
}

/** How long it is, or how far; below that the speed, once it was begun. */
function Side({ playback, length, own }: SideProps) {
  const t = useT();
  const speed = useSpeed();
  const begun = playback !== undefined && (playback.at > 0 || playback.state === 'playing');
  return (
    <span className="flex min-w-10 shrink-0 flex-col items-end">
      <span className={`text-meta tabular-nums leading-5 ${own ? 'text-own-ink-2' : 'text-ink-2'}`}>
        {playtime(begun ? playback.at : length)}
      </span>
      {begun && (
        <button
          type="button"
          dir="ltr"
          aria-label={t('voice.speed', { speed: speedText(speed) })}
          onClick={() => player.faster()}
          className={`min-h-6 min-w-9 rounded-full px-1.5 text-center font-semibold text-micro tabular-nums ${own ? 'bg-own-deep text-own-ink' : 'bg-ink/8 text-ink'}`}
        >
          {speedText(speed)}
        </button>
      )}
    </span>
  );
}
