/** Loudness as bars with round ends, of the same weight however wide it is drawn. */

/** Height of the drawing, and what the round ends of the tallest bar leave of it. */
const HEIGHT = 32;
const TALLEST = 28;

interface WaveProps {
  /** From 0 to 100, one for each bar. */
  bars: number[];
  /** How much of it is past, from 0 to 1. */
  part?: number;
  /** Colours of the lines: of what is past, and of what is to come. */
  past: string;
  rest: string;
  className?: string;
}

export function Wave({ bars, part = 1, past, rest, className = '' }: WaveProps) {
  const line = {
    fill: 'none',
    strokeWidth: 2.5,
    strokeLinecap: 'round',
    vectorEffect: 'non-scaling-stroke',
  } as const;
  const split = Math.round(part * bars.length);
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${bars.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={`size-full ${className}`}
    >
      <path {...line} d={path(bars, split, bars.length)} className={rest} />
      <path {...line} d={path(bars, 0, split)} className={past} />
    </svg>
  );
}

function path(bars: number[], from: number, to: number): string {
  const lines = bars.slice(from, to).map((bar, index) => {
    // Silence is a point.
    const height = Math.max(0.02, (TALLEST * Math.min(100, bar)) / 100);
    return `M${from + index + 0.5} ${(HEIGHT - height) / 2}v${height}`;
  });
  return lines.join('');
}
