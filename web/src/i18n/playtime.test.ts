import { describe, expect, it } from 'vitest';
import { chooseLocale } from '.';
import { playtime, speed, spokenPlaytime } from './playtime';

describe('how long something plays', () => {
  it('is written with as much as is needed', () => {
    expect(playtime(0)).toBe('0:00');
    expect(playtime(23_900)).toBe('0:23');
    expect(playtime(65_000)).toBe('1:05');
    expect(playtime(3_723_000)).toBe('1:02:03');
  });

  it('is said in words', () => {
    expect(spokenPlaytime(0)).toBe('0 seconds');
    expect(spokenPlaytime(61_000)).toBe('1 minute, 1 second');
    chooseLocale('de');
    expect(spokenPlaytime(120_000)).toBe('2 Minuten');
  });

  it('names a speed as the language writes numbers', () => {
    expect(speed(1.5)).toBe('1.5×');
    chooseLocale('de');
    expect(speed(1.5)).toBe('1,5×');
  });
});
