/** A sound for tests, which nobody hears: it plays as the test moves it. */
export class FakeSound extends EventTarget {
  static last: FakeSound | undefined;
  src = '';
  currentTime = 0;
  playbackRate = 1;
  defaultPlaybackRate = 1;
  paused = true;
  ended = false;
  /** Thrown by the next try to play. */
  refusal: Error | undefined;

  constructor() {
    super();
    FakeSound.last = this;
  }

  async play(): Promise<void> {
    if (this.refusal) throw this.refusal;
    this.paused = false;
    this.ended = false;
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.dispatchEvent(new Event('pause'));
  }

  load(): void {}

  /** Comes to its end. */
  end(): void {
    this.paused = true;
    this.ended = true;
    this.dispatchEvent(new Event('pause'));
    this.dispatchEvent(new Event('ended'));
  }
}
