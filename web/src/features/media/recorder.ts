/** A recording for as long as a view shows it: how it stands, how loud it was, and what becomes of it. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { player } from './playing';
import { type Recording, type Refusal, record, refusalOf } from './recording';
import { inBars, PEAKS, readSound } from './waveform';

/** How often the level is looked at, in milliseconds. */
const LOOK_EVERY = 100;
/** Longest voice message, in milliseconds. */
const LONGEST = 60 * 60 * 1000;

/** A voice message that is ready to be sent. */
export interface RecordedVoice {
  file: File;
  /** In milliseconds. */
  duration: number;
  /** 64 numbers from 0 to 100. */
  waveform: number[];
}

export interface Recorder {
  /** Asking for the microphone, recording, halted, or ended by itself. */
  state: 'asking' | 'recording' | 'paused' | 'ended';
  refusal: Refusal | undefined;
  /** From 0 to 100, ten for each second. */
  levels: number[];
  /** In milliseconds. */
  length: number;
  /** It may not get any longer. */
  longest: boolean;
  begin: () => void;
  pause: () => void;
  resume: () => void;
  /** What was recorded so far. */
  heard: () => Promise<Blob>;
  /** Ends it; rejects if there is nothing. */
  finish: () => Promise<RecordedVoice>;
}

export function useRecorder(): Recorder {
  const [state, setState] = useState<Recorder['state']>('asking');
  const [refusal, setRefusal] = useState<Refusal>();
  const [tries, setTries] = useState(0);
  const { recording, levels, length, listen } = useLevels();

  // biome-ignore lint/correctness/useExhaustiveDependencies: each try asks again
  useEffect(() => {
    let current = true;
    // What plays would be recorded too.
    player.halt();
    record(() => current && setState('ended')).then(
      (made) => {
        if (!current) return made.close();
        recording.current = made;
        setState('recording');
      },
      (error) => current && setRefusal(refusalOf(error)),
    );
    return () => {
      current = false;
      recording.current?.close();
      recording.current = undefined;
    };
  }, [tries, recording]);
  useEffect(() => (state === 'recording' ? listen() : undefined), [state, listen]);

  const longest = length >= LONGEST;
  const pause = useCallback(() => {
    recording.current?.pause();
    setState((now) => (now === 'recording' ? 'paused' : now));
  }, [recording]);
  useEffect(() => {
    if (longest) pause();
  }, [longest, pause]);

  function begin() {
    setRefusal(undefined);
    setState('asking');
    setTries(tries + 1);
  }

  function resume() {
    if (longest || state !== 'paused') return;
    player.halt();
    recording.current?.resume();
    setState('recording');
  }

  return {
    state,
    refusal,
    levels,
    length,
    longest,
    begin,
    pause,
    resume,
    heard: async () => recording.current?.heard() ?? new Blob(),
    async finish() {
      player.halt();
      const sound = await recording.current?.finish();
      if (!sound || sound.size === 0) throw new Error('nothing was recorded');
      return voice(sound, { duration: Math.round(length), waveform: inBars(levels, PEAKS) });
    },
  };
}

/** How loud the recording was at each time, while it is listened to. */
function useLevels() {
  const recording = useRef<Recording>(undefined);
  const [heard, setHeard] = useState<{ levels: number[]; length: number }>({ levels: [], length: 0 });
  const listen = useCallback(() => {
    const look = () => {
      const { level = 0, length = 0 } = recording.current ?? {};
      setHeard(({ levels }) => ({ levels: [...levels, level], length }));
    };
    const timer = setInterval(look, LOOK_EVERY);
    return () => {
      clearInterval(timer);
      // To the end: it may have been paused between two looks.
      const length = recording.current?.length;
      if (length !== undefined) setHeard((before) => ({ ...before, length }));
    };
  }, []);
  return { recording, ...heard, listen };
}

/** With what was measured while it was made, where the browser cannot read what it wrote itself. */
async function voice(
  sound: Blob,
  measured: { duration: number; waveform: number[] },
): Promise<RecordedVoice> {
  const ending = sound.type === 'audio/mp4' ? 'm4a' : sound.type.replace('audio/', '');
  const file = new File([sound], `voice-message.${ending}`, { type: sound.type });
  return { file, ...(await readSound(sound).catch(() => measured)) };
}
