/** Records a voice message: its level is seen, it pauses, is listened to, discarded or sent. */
import { ArrowUp, Mic, Pause, Play, Trash2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { duration } from '../../i18n/sizes';
import { IconButton } from '../../ui/Button';
import { useToast } from '../../ui/Toast';
import { Wave } from './SoundPlayer';

/** What browsers record, best first. */
const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
/** How often the level is looked at, in milliseconds, and how many levels are shown. */
const LOOK_EVERY = 100;
const LEVELS = 48;
/** Longest voice message, in milliseconds. */
const LONGEST = 60 * 60 * 1000;

interface VoiceRecorderProps {
  onDone: (voice: Blob) => void;
  onClose: () => void;
}

export function VoiceRecorder({ onDone, onClose }: VoiceRecorderProps) {
  const t = useT();
  const toast = useToast();
  const { recorder, levels, length, paused, pause, resume, finish } = useRecorder(() => {
    toast(t('media.no_microphone'));
    onClose();
  });
  const [heard, setHeard] = useState<string>();
  const audio = useRef<HTMLAudioElement>(null);

  useEffect(() => {
    if (!heard) return;
    void audio.current?.play();
    return () => URL.revokeObjectURL(heard);
  }, [heard]);

  async function listen() {
    pause();
    setHeard(URL.createObjectURL(await finish(false)));
  }

  return (
    <fieldset className="flex min-h-12 items-center gap-1.5 border-0 px-2">
      <legend className="sr-only">{t('media.recording')}</legend>
      <IconButton label={t('media.discard')} onClick={onClose} className="rounded-full! text-danger!">
        <Trash2 size={19} aria-hidden />
      </IconButton>
      <span
        role="status"
        aria-label={t(paused ? 'media.paused' : 'media.recording')}
        className={`size-2.5 shrink-0 rounded-full bg-danger ${paused || !recorder ? 'opacity-40' : 'animate-breathe'}`}
      />
      <span className="w-12 shrink-0 text-meta tabular-nums">{duration(length)}</span>
      <span className="relative h-8 min-w-0 flex-1 text-accent" dir="ltr">
        <Wave peaks={levels} part={1} />
      </span>
      {paused && (
        <IconButton label={t('media.listen')} onClick={listen} className="rounded-full!">
          <Play size={19} aria-hidden />
        </IconButton>
      )}
      <IconButton
        label={t(paused ? 'media.resume' : 'media.pause_recording')}
        disabled={!recorder}
        onClick={paused ? resume : pause}
        className="rounded-full!"
      >
        {paused ? <Mic size={19} aria-hidden /> : <Pause size={19} aria-hidden />}
      </IconButton>
      <IconButton
        label={t('media.send_voice')}
        look="accent"
        disabled={!recorder || length < 300}
        onClick={async () => onDone(await finish(true))}
        className="rounded-full! disabled:opacity-50"
      >
        <ArrowUp size={19} aria-hidden />
      </IconButton>
      {/* biome-ignore lint/a11y/useMediaCaption: what was just said has no captions */}
      {heard && <audio ref={audio} src={heard} />}
    </fieldset>
  );
}

/** Records from when it is shown until it is not. */
function useRecorder(onRefused: () => void) {
  const [recorder, setRecorder] = useState<MediaRecorder>();
  const [levels, setLevels] = useState<number[]>(() => new Array(LEVELS).fill(0));
  const [length, setLength] = useState(0);
  const [paused, setPaused] = useState(false);
  const pieces = useRef<Blob[]>([]);
  const refused = useRef(onRefused);
  refused.current = onRefused;

  useEffect(() => {
    let stream: MediaStream | undefined;
    let context: AudioContext | undefined;
    let timer: ReturnType<typeof setInterval> | undefined;
    let current = true;

    async function begin() {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      if (!current) return end();
      const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
      const made = new MediaRecorder(stream, mimeType ? { mimeType } : {});
      made.ondataavailable = ({ data }) => pieces.current.push(data);
      made.start(LOOK_EVERY);
      context = new AudioContext();
      const analyser = context.createAnalyser();
      context.createMediaStreamSource(stream).connect(analyser);
      const samples = new Float32Array(analyser.fftSize);
      timer = setInterval(() => {
        if (made.state !== 'recording') return;
        analyser.getFloatTimeDomainData(samples);
        const level = Math.min(100, Math.max(...samples.map(Math.abs)) * 140);
        setLevels((before) => [...before.slice(1), level]);
        setLength((before) => before + LOOK_EVERY);
      }, LOOK_EVERY);
      setRecorder(made);
    }

    function end() {
      clearInterval(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
      void context?.close();
    }

    begin().catch(() => current && refused.current());
    return () => {
      current = false;
      end();
    };
  }, []);

  const pause = () => {
    if (recorder?.state === 'recording') recorder.pause();
    setPaused(true);
  };
  useEffect(() => {
    if (length >= LONGEST && recorder?.state === 'recording') {
      recorder.pause();
      setPaused(true);
    }
  }, [length, recorder]);

  /** What was recorded so far; nothing follows it if this is the end. */
  function finish(end: boolean): Promise<Blob> {
    return new Promise((resolve) => {
      const made = () => resolve(new Blob(pieces.current, { type: recorder?.mimeType.split(';')[0] }));
      if (!recorder || recorder.state === 'inactive') return made();
      recorder.addEventListener(end ? 'stop' : 'dataavailable', made, { once: true });
      if (end) recorder.stop();
      else recorder.requestData();
    });
  }

  return {
    recorder,
    levels,
    length,
    paused,
    pause,
    resume() {
      recorder?.resume();
      setPaused(false);
    },
    finish,
  };
}
