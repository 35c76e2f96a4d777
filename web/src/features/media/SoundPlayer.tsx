/** Plays a voice message or other sound, one at a time; the next voice message of the chat follows. */
import { Pause, Play } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { duration } from '../../i18n/sizes';
import type { Attachment } from '../../sdk/types';
import { usePlayed } from './address';
import { Progress } from './Progress';

const SPEEDS = [1, 1.5, 2];
/** What a sound without a waveform is drawn as. */
const FLAT = new Array<number>(40).fill(30);

/** What plays now. */
let playing: HTMLAudioElement | undefined;
let speed = 0;

export function SoundPlayer({ attachment, own }: { attachment: Attachment; own: boolean }) {
  const t = useT();
  const audio = useRef<HTMLAudioElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [wanted, setWanted] = useState(false);
  const [active, setActive] = useState(false);
  const [at, setAt] = useState(0);
  const [rate, setRate] = useState(SPEEDS[speed] ?? 1);
  const address = usePlayed(attachment, wanted);
  const length = attachment.duration ?? 0;
  const gone = attachment.state.state === 'gone';
  const voice = attachment.kind === 'voice';

  // Begins as soon as there is something to be played.
  useEffect(() => {
    if (address && wanted) void audio.current?.play().catch(() => setActive(false));
  }, [address, wanted]);

  function toggle() {
    const element = audio.current;
    if (active) element?.pause();
    else if (address) void element?.play().catch(() => setActive(false));
    else setWanted(true);
  }

  function wind(to: number) {
    setAt(to);
    if (audio.current && address) audio.current.currentTime = to / 1000;
  }

  function faster() {
    speed = (speed + 1) % SPEEDS.length;
    setRate(SPEEDS[speed] ?? 1);
    if (audio.current) audio.current.playbackRate = SPEEDS[speed] ?? 1;
  }

  function onEnded() {
    setAt(0);
    if (!voice || !button.current) return;
    const all = [...document.querySelectorAll<HTMLButtonElement>('[data-voice]')];
    all[all.indexOf(button.current) + 1]?.click();
  }

  const quiet = own ? 'text-own-ink-2' : 'text-ink-2';
  return (
    <div className="flex w-72 max-w-full items-center gap-2.5 py-0.5">
      <button
        ref={button}
        type="button"
        data-voice={voice || undefined}
        disabled={gone}
        aria-label={t(active ? 'media.pause' : voice ? 'media.play_voice' : 'media.play', {
          name: attachment.name,
        })}
        onClick={toggle}
        className={`relative inline-flex size-10 shrink-0 items-center justify-center rounded-full disabled:opacity-50 ${own ? 'bg-own-ink text-own focus-visible:outline-own-ink' : 'bg-accent text-accent-ink'}`}
      >
        {active ? <Pause size={19} aria-hidden /> : <Play size={19} aria-hidden className="ms-0.5" />}
        <Progress attachment={attachment} />
      </button>
      <div className="min-w-0 flex-1">
        {!voice && (
          <p dir="auto" className="truncate font-medium">
            {attachment.name}
          </p>
        )}
        <div className="relative h-8" dir="ltr">
          <Wave
            peaks={attachment.waveform.length > 0 ? attachment.waveform : FLAT}
            part={length ? at / length : 0}
          />
          <input
            type="range"
            aria-label={t('media.position')}
            aria-valuetext={duration(at)}
            min={0}
            max={Math.max(1, length)}
            value={at}
            step={100}
            disabled={gone}
            onChange={(event) => wind(Number(event.target.value))}
            className="absolute inset-0 size-full cursor-pointer opacity-0 focus-visible:opacity-60"
          />
        </div>
        <p className={`flex items-center gap-2 text-micro tabular-nums ${quiet}`}>
          <span>{gone ? t('media.gone') : duration(active || at > 0 ? at : length)}</span>
          <button
            type="button"
            aria-label={t('media.speed', { speed: rate })}
            onClick={faster}
            className={`rounded-full px-1.5 font-semibold ${own ? 'bg-own-deep text-own-ink focus-visible:outline-own-ink' : 'bg-ink/8 text-ink'}`}
          >
            {rate}×
          </button>
        </p>
      </div>
      {/* biome-ignore lint/a11y/useMediaCaption: what someone said has no captions */}
      <audio
        ref={audio}
        src={address ?? undefined}
        preload="auto"
        onPlay={({ currentTarget }) => {
          if (playing !== currentTarget) playing?.pause();
          playing = currentTarget;
          currentTarget.playbackRate = SPEEDS[speed] ?? 1;
          setRate(SPEEDS[speed] ?? 1);
          setActive(true);
        }}
        onPause={() => setActive(false)}
        onTimeUpdate={({ currentTarget }) => setAt(currentTarget.currentTime * 1000)}
        onEnded={onEnded}
      />
    </div>
  );
}

/** How loud it is where; what was played stands out. */
export function Wave({ peaks, part }: { peaks: number[]; part: number }) {
  const wide = 4;
  return (
    <svg
      viewBox={`0 0 ${peaks.length * wide} 32`}
      preserveAspectRatio="none"
      className="absolute inset-0 size-full"
      aria-hidden="true"
    >
      {peaks.map((peak, index) => {
        const height = Math.max(3, (peak / 100) * 30);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: bars have no identity but their place
            key={index}
            x={index * wide + 0.5}
            y={(32 - height) / 2}
            width={wide - 1.4}
            height={height}
            rx={1}
            fill="currentColor"
            opacity={index / peaks.length < part ? 1 : 0.4}
          />
        );
      })}
    </svg>
  );
}
