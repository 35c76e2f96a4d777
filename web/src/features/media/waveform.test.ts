import { describe, expect, it } from 'vitest';
import { inBars, PEAKS, peaksOf } from './waveform';

describe('a waveform', () => {
  it('compares each part with the loudest', () => {
    const samples = new Float32Array(640);
    samples.fill(0.5, 0, 320);
    samples.fill(0.25, 320);
    const peaks = peaksOf(samples);
    expect(peaks).toHaveLength(PEAKS);
    expect(peaks[0]).toBe(100);
    expect(peaks.at(-1)).toBe(50);
  });

  it('does not make silence loud', () => {
    expect(Math.max(...peaksOf(new Float32Array(1000).fill(0.001)))).toBeLessThan(5);
    expect(peaksOf([])).toEqual(new Array(PEAKS).fill(0));
  });

  it('has whole numbers from 0 to 100 for less samples than there are parts', () => {
    for (const peak of peaksOf([0.3, -0.9, 0.1])) {
      expect(Number.isInteger(peak) && peak >= 0 && peak <= 100).toBe(true);
    }
  });

  it('is drawn with fewer bars or more, none of which loses what was loud', () => {
    expect(inBars([1, 9, 2, 3], 2)).toEqual([9, 3]);
    expect(inBars([1, 2], 4)).toEqual([1, 1, 2, 2]);
    expect(inBars([], 3)).toEqual([0, 0, 0]);
  });
});
