/** What is heard now: one sound at a time, which goes on while the view that began it is scrolled away. */
import { useSyncExternalStore } from 'react';

export const SPEEDS = [1, 1.5, 2];

/** How often the place is told while it plays, in milliseconds. */
const TELL_EVERY = 50;

export interface Playback {
  /** Waiting for its address, heard, halted, or not to be had. */
  state: 'waiting' | 'playing' | 'paused' | 'failed';
  /** How far it is, in milliseconds. */
  at: number;
}

/** A player that is drawn. */
export interface Drawn {
  /** Which sound follows it. */
  next: () => string | undefined;
  /** What it is a part of: once that is gone from the page, nobody could halt it any more. */
  host: Element | undefined;
  /** Asks for the address. */
  ask: () => void;
}

type Sound = Pick<
  HTMLAudioElement,
  | 'src'
  | 'currentTime'
  | 'playbackRate'
  | 'defaultPlaybackRate'
  | 'paused'
  | 'ended'
  | 'play'
  | 'pause'
  | 'load'
  | 'addEventListener'
>;

export class Player {
  #make: () => Sound;
  #sound: Sound | undefined;
  #address: string | undefined;
  #current: string | undefined;
  #next: Drawn['next'] | undefined;
  #host: Element | undefined;
  #speed = 0;
  /** How each sound stands that was begun and not heard to its end. */
  #playbacks = new Map<string, Playback>();
  #drawn = new Map<string, Drawn>();
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(make: () => Sound) {
    this.#make = make;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  of(id: string): Playback | undefined {
    return this.#playbacks.get(id);
  }

  get speed(): number {
    return SPEEDS[this.#speed] ?? 1;
  }

  /** Tells that a player is drawn, until the returned function is called. */
  draw(id: string, drawn: Drawn): () => void {
    this.#drawn.set(id, drawn);
    if (id === this.#current) this.#follow(drawn);
    return () => {
      if (this.#drawn.get(id) === drawn) this.#drawn.delete(id);
    };
  }

  /** Plays it, or halts it if it plays. */
  press(id: string): void {
    const begun = id === this.#current ? this.#playbacks.get(id)?.state : undefined;
    this.halt();
    if (begun === 'playing' || begun === 'waiting') return;
    const drawn = this.#drawn.get(id);
    this.#current = id;
    this.#follow(drawn);
    // A browser that lets only a person begin sounds has to see this one touched while they press.
    if (this.#address === undefined) this.#element.load();
    this.#set(id, { state: 'waiting', at: this.#playbacks.get(id)?.at ?? 0 });
    drawn?.ask();
  }

  /** The address of what waits for it is there. */
  begin(id: string, address: string): void {
    const playback = this.#playbacks.get(id);
    if (id !== this.#current || playback?.state !== 'waiting') return;
    const element = this.#element;
    if (this.#address !== address) {
      this.#address = address;
      element.src = address;
      element.currentTime = playback.at / 1000;
    } else if (Math.abs(element.currentTime * 1000 - playback.at) > TELL_EVERY) {
      element.currentTime = playback.at / 1000;
    }
    this.#applySpeed();
    this.#set(id, { ...playback, state: 'playing' });
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tell(), TELL_EVERY);
    // It is refused too when something else is played before it begins.
    element.play().catch((error) => (error as Error).name !== 'AbortError' && this.fail(id));
  }

  /** It cannot be had now. */
  fail(id: string): void {
    if (id !== this.#current) return;
    this.#stop();
    this.#address = undefined;
    this.#set(id, { state: 'failed', at: this.#playbacks.get(id)?.at ?? 0 });
  }

  halt(): void {
    const id = this.#current;
    const playback = id === undefined ? undefined : this.#playbacks.get(id);
    this.#stop();
    if (id === undefined || !playback || playback.state === 'failed') return;
    this.#set(id, { state: 'paused', at: playback.at });
  }

  /** Forgets a sound, and halts it. */
  forget(id: string): void {
    if (id === this.#current) {
      this.#stop();
      this.#current = undefined;
    }
    this.#playbacks.delete(id);
    this.#say();
  }

  /** Goes to a place in it, in milliseconds; it goes on from there if it plays, else begins there. */
  seek(id: string, at: number): void {
    const playback = this.#playbacks.get(id);
    if (id === this.#current && playback?.state === 'playing') this.#element.currentTime = at / 1000;
    this.#set(id, { state: playback?.state ?? 'paused', at });
  }

  faster(): void {
    this.#speed = (this.#speed + 1) % SPEEDS.length;
    if (this.#sound) this.#applySpeed();
    this.#say();
  }

  get #element(): Sound {
    if (this.#sound) return this.#sound;
    const sound = this.#make();
    sound.addEventListener('ended', () => this.#ended());
    sound.addEventListener('error', () => this.#isPlaying && this.fail(this.#current ?? ''));
    // The keys of a keyboard or a headset halt it too, and let it go on.
    sound.addEventListener('pause', () => sound.paused && !sound.ended && this.#isPlaying && this.halt());
    sound.addEventListener('play', () => {
      const id = this.#current;
      if (id === undefined || this.#playbacks.get(id)?.state !== 'paused' || !this.#address) return;
      this.#set(id, { state: 'waiting', at: sound.currentTime * 1000 });
      this.begin(id, this.#address);
    });
    this.#sound = sound;
    return sound;
  }

  get #isPlaying(): boolean {
    return this.#current !== undefined && this.#playbacks.get(this.#current)?.state === 'playing';
  }

  #follow(drawn: Drawn | undefined): void {
    this.#next = drawn?.next;
    this.#host = drawn?.host;
  }

  #applySpeed(): void {
    // Another address puts back the one into the place of the other.
    this.#element.defaultPlaybackRate = this.speed;
    this.#element.playbackRate = this.speed;
  }

  #tell(): void {
    const id = this.#current;
    if (id === undefined || !this.#isPlaying) return;
    if (this.#host && !this.#host.isConnected) this.halt();
    else this.#set(id, { state: 'playing', at: this.#element.currentTime * 1000 });
  }

  #ended(): void {
    if (!this.#isPlaying) return;
    const next = this.#next?.();
    this.forget(this.#current ?? '');
    // What is not drawn could not be halted.
    if (next !== undefined && this.#drawn.has(next)) this.press(next);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#sound?.pause();
  }

  #set(id: string, playback: Playback): void {
    this.#playbacks.set(id, playback);
    this.#say();
  }

  #say(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The one of this page. */
export const player = new Player(() => new Audio());

/** How a sound stands; undefined until it is begun. */
export function usePlayback(id: string): Playback | undefined {
  return useSyncExternalStore(player.subscribe, () => player.of(id));
}

export function useSpeed(): number {
  return useSyncExternalStore(player.subscribe, () => player.speed);
}
