import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeSound } from '../../testing/fake-sound';
import { Player } from './playing';

const host = () => document.body.appendChild(document.createElement('div'));

function drawn(player: Player, id: string, more: { next?: string; host?: Element } = {}) {
  const ask = vi.fn();
  return { ask, erase: player.draw(id, { next: () => more.next, host: more.host, ask }) };
}

describe('the player', () => {
  let sound: FakeSound;
  let player: Player;
  beforeEach(() => {
    sound = new FakeSound();
    player = new Player(() => sound);
  });

  it('asks for the address and begins when it comes', () => {
    const { ask } = drawn(player, 'a');
    player.press('a');
    expect(ask).toHaveBeenCalledOnce();
    expect(player.of('a')).toEqual({ state: 'waiting', at: 0 });
    player.begin('a', 'blob:a');
    expect(player.of('a')?.state).toBe('playing');
    expect(sound).toMatchObject({ src: 'blob:a', paused: false });
  });

  it('is called off by a second press while it waits', () => {
    player.press('a');
    player.press('a');
    player.begin('a', 'blob:a');
    expect(player.of('a')?.state).toBe('paused');
    expect(sound.paused).toBe(true);
  });

  it('plays one at a time, and each goes on from where it was', () => {
    player.press('a');
    player.begin('a', 'blob:a');
    player.seek('a', 4000);
    player.press('b');
    player.begin('b', 'blob:b');
    expect(player.of('a')).toEqual({ state: 'paused', at: 4000 });
    expect(player.of('b')?.state).toBe('playing');
    player.press('a');
    player.begin('a', 'blob:a');
    expect(sound.currentTime).toBe(4);
    expect(player.of('b')?.state).toBe('paused');
  });

  it('begins where somebody went before it was played', () => {
    player.seek('a', 2500);
    player.press('a');
    player.begin('a', 'blob:a');
    expect(sound.currentTime).toBe(2.5);
  });

  it('goes on with the next one that is drawn, and stops at one that is not', () => {
    drawn(player, 'a', { next: 'b' });
    const { ask } = drawn(player, 'b', { next: 'c' });
    player.press('a');
    player.begin('a', 'blob:a');
    sound.end();
    expect(player.of('a')).toBeUndefined();
    expect(ask).toHaveBeenCalledOnce();
    player.begin('b', 'blob:b');
    sound.end();
    expect(player.of('b')).toBeUndefined();
    expect(player.of('c')).toBeUndefined();
  });

  it('goes on when its view is scrolled away, and stops when the chat is closed', () => {
    vi.useFakeTimers();
    const chat = host();
    const { erase } = drawn(player, 'a', { host: chat });
    player.press('a');
    player.begin('a', 'blob:a');
    erase();
    sound.currentTime = 1;
    vi.advanceTimersByTime(100);
    expect(player.of('a')).toEqual({ state: 'playing', at: 1000 });
    chat.remove();
    vi.advanceTimersByTime(100);
    expect(player.of('a')?.state).toBe('paused');
    expect(sound.paused).toBe(true);
    vi.useRealTimers();
  });

  it('keeps its speed from one to the next', () => {
    player.press('a');
    player.begin('a', 'blob:a');
    player.faster();
    expect(sound.playbackRate).toBe(1.5);
    player.press('b');
    player.begin('b', 'blob:b');
    expect(sound.defaultPlaybackRate).toBe(1.5);
    player.faster();
    player.faster();
    expect(player.speed).toBe(1);
  });

  it('follows the keys of a keyboard or a headset', () => {
    player.press('a');
    player.begin('a', 'blob:a');
    sound.pause();
    expect(player.of('a')?.state).toBe('paused');
    sound.paused = false;
    sound.dispatchEvent(new Event('play'));
    expect(player.of('a')?.state).toBe('playing');
  });

  it('says when it cannot be played, and can be tried again', async () => {
    sound.refusal = new DOMException('not a sound', 'NotSupportedError');
    player.press('a');
    player.begin('a', 'blob:a');
    await vi.waitFor(() => expect(player.of('a')?.state).toBe('failed'));
    sound.refusal = undefined;
    player.press('a');
    player.begin('a', 'blob:a');
    expect(player.of('a')?.state).toBe('playing');
  });
});
