/** A recording from the microphone, while it is made. */
import { loudness } from './waveform';

/** What browsers record, best first. */
const TYPES = ['audio/webm;codecs=opus', 'audio/mp4'];
/** Speech is clear at this rate; in bits per second. */
const RATE = 40_000;
/** What loud speech reaches; what is louder is drawn no taller. */
const LOUD = 0.28;

/** Why there is none. */
export type Refusal = 'denied' | 'missing' | 'busy' | 'unsupported';

/** What an error of the browser means for the person. */
export function refusalOf(error: unknown): Refusal {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return 'unsupported';
}

/** Asks for the microphone and begins at once; rejects with what {@link refusalOf} understands. */
export async function record(onEnd: () => void): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  });
  try {
    return new Recording(stream, onEnd);
  } catch (error) {
    release(stream);
    throw error;
  }
}

/** The light beside the camera goes out. */
function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

export class Recording {
  #stream: MediaStream;
  #recorder: MediaRecorder;
  #context: AudioContext;
  #analyser: AnalyserNode;
  #samples: Float32Array<ArrayBuffer>;
  #pieces: Blob[] = [];
  /** Milliseconds until it was last paused, and when it went on. */
  #before = 0;
  #since: number | undefined = performance.now();
  /** The end is wanted. */
  #ending = false;

  /** Calls back if it ends by itself, as when the microphone is pulled out. */
  constructor(stream: MediaStream, onEnd: () => void) {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.#stream = stream;
    this.#recorder = new MediaRecorder(stream, { audioBitsPerSecond: RATE, ...(mimeType && { mimeType }) });
    this.#recorder.addEventListener('dataavailable', ({ data }) => this.#pieces.push(data));
    this.#recorder.addEventListener('stop', () => {
      this.#halt();
      if (!this.#ending) onEnd();
    });
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    void this.#context.resume();
    this.#recorder.start();
  }

  /** How long it is, in milliseconds. */
  get length(): number {
    return this.#before + (this.#since === undefined ? 0 : performance.now() - this.#since);
  }

  /** How loud it is now, from 0 to 100. */
  get level(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return Math.min(100, Math.round((100 * loudness(this.#samples)) / LOUD));
  }

  pause(): void {
    if (this.#recorder.state === 'recording') this.#recorder.pause();
    this.#halt();
  }

  resume(): void {
    if (this.#recorder.state !== 'paused') return;
    this.#recorder.resume();
    this.#since = performance.now();
  }

  /** What was recorded so far. */
  async heard(): Promise<Blob> {
    if (this.#recorder.state !== 'inactive') {
      const given = new Promise((resolve) => {
        this.#recorder.addEventListener('dataavailable', resolve, { once: true });
      });
      this.#recorder.requestData();
      await given;
    }
    return new Blob(this.#pieces, { type: this.#type });
  }

  /** Ends it, and gives the whole. */
  async finish(): Promise<Blob> {
    this.#ending = true;
    if (this.#recorder.state !== 'inactive') {
      const stopped = new Promise((resolve) => {
        this.#recorder.addEventListener('stop', resolve, { once: true });
      });
      this.#recorder.stop();
      await stopped;
    }
    this.close();
    return new Blob(this.#pieces, { type: this.#type });
  }

  /** Lets go of the microphone. */
  close(): void {
    this.#ending = true;
    this.#halt();
    release(this.#stream);
    if (this.#context.state !== 'closed') void this.#context.close();
  }

  /** Without the names of the codecs, which are no part of what is sent. */
  get #type(): string {
    return this.#recorder.mimeType.split(';')[0] || 'audio/webm';
  }

  #halt(): void {
    this.#before = this.length;
    this.#since = undefined;
  }
}
