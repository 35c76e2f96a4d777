/** Records a voice message in the place where messages are written: paused, listened to, discarded or sent. */
import { ArrowUp, Mic, MicOff, Pause, Trash2 } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { playtime } from '../../i18n/playtime';
import { Button, IconButton } from '../../ui/Button';
import { player, usePlayback } from './playing';
import { type RecordedVoice, type Recorder, useRecorder } from './recorder';
import { PlayButton, Track, usePlayer } from './VoicePlayer';
import { Wave } from './Wave';
import { inBars } from './waveform';

/** So much of it is seen while it is made; what does not fit at the start of the line is not drawn. */
const SEEN = 150;
const HEARD_BARS = 48;
const HEARD_BARS_NARROW = 16;
/** What is shorter was a slip, in milliseconds. */
const SHORTEST = 500;

interface VoiceRecorderProps {
  onDone: (voice: RecordedVoice) => void;
  onClose: () => void;
}

export function VoiceRecorder({ onDone, onClose }: VoiceRecorderProps) {
  const t = useT();
  const recorder = useRecorder();
  const { state, refusal, length } = recorder;
  const [sending, setSending] = useState(false);
  const [lost, setLost] = useState(false);

  if (refusal) {
    return (
      <Problem text={t(`voice.${refusal}`)} onClose={onClose}>
        {refusal !== 'unsupported' && (
          <Button look="quiet" onClick={recorder.begin}>
            {t('voice.retry')}
          </Button>
        )}
      </Problem>
    );
  }
  if (lost) return <Problem text={t('voice.lost')} onClose={onClose} />;

  async function send() {
    if (length < SHORTEST || sending) return;
    setSending(true);
    await recorder.finish().then(onDone, () => setLost(true));
  }

  function onKeyDown(event: KeyboardEvent) {
    // In a form it would send what is written there.
    if (event.key === 'Enter' && event.target instanceof HTMLInputElement) event.preventDefault();
    if (event.key !== 'Escape') return;
    // It would leave the chat, and what was said would be lost.
    event.preventDefault();
    event.stopPropagation();
    if (state === 'asking') onClose();
    else recorder.pause();
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: there are no fields in it
    <div
      role="group"
      aria-label={t('voice.recorder')}
      onKeyDown={onKeyDown}
      className="flex min-h-12 items-center gap-1 px-1.5 py-1.5"
    >
      <IconButton label={t('voice.discard')} onClick={onClose} className="rounded-full! hover:text-danger!">
        <Trash2 size={19} aria-hidden />
      </IconButton>
      <Recorded recorder={recorder} />
      <Halt recorder={recorder} />
      <SendButton ready={length >= SHORTEST} sending={sending} onSend={send} />
    </div>
  );
}

interface SendButtonProps {
  ready: boolean;
  sending: boolean;
  onSend: () => void;
}

function SendButton({ ready, sending, onSend }: SendButtonProps) {
  const t = useT();
  return (
    <button
      type="button"
      aria-label={t('voice.send')}
      title={t('voice.send')}
      aria-busy={sending}
      // Not disabled: that would take the focus away.
      aria-disabled={!ready || sending}
      onClick={onSend}
      className={`ms-1 inline-flex size-9 shrink-0 items-center justify-center rounded-full bg-accent text-accent-ink transition-colors hover:bg-accent-strong aria-disabled:opacity-55 ${sending ? 'animate-breathe' : ''}`}
    >
      <ArrowUp size={19} aria-hidden />
    </button>
  );
}

/** Pauses it, or lets it go on. */
function Halt({ recorder: { state, pause, resume } }: { recorder: Recorder }) {
  const t = useT();
  const paused = state === 'paused';
  return (
    <IconButton
      label={t(paused ? 'voice.resume' : 'voice.pause_recording')}
      // What the keys go on from: it undoes nothing.
      autoFocus
      aria-disabled={state === 'asking' || state === 'ended'}
      onClick={paused ? resume : pause}
      className="rounded-full! aria-disabled:opacity-40"
    >
      {paused ? (
        <Mic size={19} aria-hidden className="text-danger" />
      ) : (
        <Pause size={18} fill="currentColor" strokeWidth={0} aria-hidden />
      )}
    </IconButton>
  );
}

const SAID = {
  asking: 'voice.asking',
  recording: 'voice.recording',
  paused: 'voice.paused',
  ended: 'voice.ended',
} as const;

/** What is on the recording: seen while it is made, heard while it pauses. */
function Recorded({ recorder }: { recorder: Recorder }) {
  const t = useT();
  const { state, levels, length, longest } = recorder;
  const said = t(longest ? 'voice.longest' : SAID[state]);
  const live = state === 'recording';
  return (
    <span className="flex min-w-0 flex-1 items-center gap-2.5">
      {state === 'asking' ? (
        <Mic size={18} aria-hidden className="ms-1 shrink-0 animate-breathe text-ink-2" />
      ) : (
        live && <span aria-hidden className="mx-1 size-2.5 shrink-0 animate-breathe rounded-full bg-danger" />
      )}
      <span role="status" className={state === 'asking' ? 'min-w-0 flex-1 truncate text-ink-2' : 'sr-only'}>
        {said}
      </span>
      {live && (
        <>
          <span className="min-w-10 shrink-0 text-meta tabular-nums">{playtime(length)}</span>
          <span aria-hidden dir="ltr" className="relative h-8 min-w-0 flex-1 overflow-hidden">
            <span className="absolute inset-y-0 right-0 w-[47rem]">
              <Wave bars={tail(levels)} past="stroke-danger" rest="stroke-danger" />
            </span>
          </span>
        </>
      )}
      {(state === 'paused' || state === 'ended') && <Heard recorder={recorder} />}
    </span>
  );
}

/** The newest on the right. */
function tail(levels: number[]): number[] {
  const seen = levels.slice(-SEEN);
  return [...new Array<number>(SEEN - seen.length).fill(0), ...seen];
}

/** Listens to it before it is sent. */
function Heard({ recorder: { levels, length, heard } }: { recorder: Recorder }) {
  const id = useId();
  const [address, setAddress] = useState<string>();
  const latest = useRef<string>(undefined);
  const playback = usePlayback(id);

  async function read() {
    if (latest.current) return;
    latest.current = URL.createObjectURL(await heard());
    setAddress(latest.current);
  }
  const frame = usePlayer(id, address, () => void read());

  useEffect(
    () => () => {
      player.forget(id);
      if (latest.current) URL.revokeObjectURL(latest.current);
    },
    [id],
  );

  return (
    <span ref={frame} className="flex min-w-0 flex-1 items-center gap-2.5">
      <PlayButton id={id} playback={playback} own={false} disabled={false} />
      <Track
        id={id}
        bars={inBars(levels, HEARD_BARS)}
        fewer={inBars(levels, HEARD_BARS_NARROW)}
        length={length}
        own={false}
      />
      <span className="min-w-9 text-end text-ink-2 text-meta tabular-nums">
        {playtime(playback && playback.at > 0 ? playback.at : length)}
      </span>
    </span>
  );
}

interface ProblemProps {
  text: string;
  onClose: () => void;
  /** What can be done about it. */
  children?: ReactNode;
}

function Problem({ text, onClose, children }: ProblemProps) {
  const t = useT();
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
      <MicOff size={19} aria-hidden className="shrink-0 text-danger" />
      <p role="alert" className="min-w-40 flex-1 text-meta">
        {text}
      </p>
      <span className="ms-auto flex">
        {children}
        <Button look="quiet" autoFocus onClick={onClose}>
          {t('voice.close')}
        </Button>
      </span>
    </div>
  );
}
