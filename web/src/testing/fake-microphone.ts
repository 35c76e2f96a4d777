/** A microphone for tests: it hears a steady tone, and its recorder gives a piece whenever it is asked for one. */
import { vi } from 'vitest';

export class FakeRecorder extends EventTarget {
  static last: FakeRecorder | undefined;
  static isTypeSupported = (type: string) => type === 'audio/webm;codecs=opus';
  state: 'inactive' | 'recording' | 'paused' = 'inactive';
  readonly mimeType = 'audio/webm;codecs=opus';

  constructor() {
    super();
    FakeRecorder.last = this;
  }

  start(): void {
    this.state = 'recording';
  }

  pause(): void {
    this.state = 'paused';
  }

  resume(): void {
    this.state = 'recording';
  }

  requestData(): void {
    const event = Object.assign(new Event('dataavailable'), { data: new Blob(['piece']) });
    this.dispatchEvent(event);
  }

  stop(): void {
    this.state = 'inactive';
    this.requestData();
    this.dispatchEvent(new Event('stop'));
  }
}

class FakeContext {
  state = 'running';

  createAnalyser() {
    return { fftSize: 32, getFloatTimeDomainData: (samples: Float32Array) => samples.fill(0.14) };
  }

  createMediaStreamSource() {
    return { connect() {} };
  }

  async resume() {}

  async close() {
    this.state = 'closed';
  }

  async decodeAudioData() {
    return { duration: 2.5, getChannelData: () => new Float32Array(640).fill(0.5) };
  }
}

/** Puts it in; `refusal` is what the browser says instead of giving it. */
export function plugIn(refusal?: Error) {
  const track = { stop: vi.fn() };
  const ask = vi.fn(async () => {
    if (refusal) throw refusal;
    return { getTracks: () => [track] };
  });
  vi.stubGlobal('MediaRecorder', FakeRecorder);
  vi.stubGlobal('AudioContext', FakeContext);
  vi.stubGlobal('OfflineAudioContext', FakeContext);
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: { getUserMedia: ask } });
  return { track, ask };
}
