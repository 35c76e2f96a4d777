/** How loud a sound is from its beginning to its end, as numbers from 0 to 100. */

/** So many numbers tell of a voice message. */
export const PEAKS = 64;

/** A recording this quiet is not made to look loud: it is a room in which nobody speaks. */
const QUIET = 0.04;

/** Speech needs no more; an hour of it decoded at the usual rate would not fit into memory. */
const DECODED_RATE = 8000;

/** The loudness of each of so many parts of the samples, compared with the loudest. */
export function peaksOf(samples: ArrayLike<number>, count = PEAKS): number[] {
  if (samples.length === 0) return new Array<number>(count).fill(0);
  const parts = Array.from({ length: count }, (_, part) => {
    const from = Math.floor((part * samples.length) / count);
    return loudness(samples, from, Math.floor(((part + 1) * samples.length) / count));
  });
  const loudest = Math.max(QUIET, ...parts);
  return parts.map((part) => Math.round((100 * part) / loudest));
}

/** The mean of the samples' power, as the ear takes it, from 0 to 1. */
export function loudness(samples: ArrayLike<number>, from = 0, to = samples.length): number {
  if (to <= from) return 0;
  let sum = 0;
  for (let at = from; at < to; at++) sum += (samples[at] ?? 0) ** 2;
  return Math.sqrt(sum / (to - from));
}

/** The same in so many numbers, of which each is the loudest of those that it stands for. */
export function inBars(peaks: number[], count: number): number[] {
  if (peaks.length === 0) return new Array<number>(count).fill(0);
  return Array.from({ length: count }, (_, bar) => {
    const from = Math.floor((bar * peaks.length) / count);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / count));
    return Math.max(...peaks.slice(from, to));
  });
}

/** Length in milliseconds and loudness of a sound file; rejects if the browser cannot decode it. */
export async function readSound(file: Blob): Promise<{ duration: number; waveform: number[] }> {
  const context = new OfflineAudioContext(1, 1, DECODED_RATE);
  const sound = await context.decodeAudioData(await file.arrayBuffer());
  return { duration: Math.round(sound.duration * 1000), waveform: peaksOf(sound.getChannelData(0)) };
}
