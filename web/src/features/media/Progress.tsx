/** How much of an attachment has been moved, over what it is a part of. */
import { useT } from '../../i18n';
import { percent } from '../../i18n/sizes';
import type { Attachment } from '../../sdk/types';

/** Of a circle of radius 14. */
const AROUND = 2 * Math.PI * 14;

export function Progress({ attachment: { state, size } }: { attachment: Attachment }) {
  const t = useT();
  if (state.state !== 'sending' && state.state !== 'fetching') return null;
  const part = size > 0 ? Math.min(1, state.done / size) : 0;
  const label = t(state.state === 'sending' ? 'media.sending' : 'media.fetching', { percent: percent(part) });
  return (
    <span
      role="img"
      aria-label={label}
      className="pointer-events-none absolute inset-0 m-auto inline-flex size-10 items-center justify-center rounded-full bg-scrim text-on-scrim"
    >
      <svg viewBox="0 0 32 32" className="size-9 -rotate-90" aria-hidden="true">
        <circle
          cx="16"
          cy="16"
          r="14"
          fill="none"
          stroke="currentColor"
          strokeOpacity="0.3"
          strokeWidth="2.5"
        />
        <circle
          cx="16"
          cy="16"
          r="14"
          fill="none"
          stroke="currentColor"
          strokeWidth="2.5"
          strokeLinecap="round"
          strokeDasharray={AROUND}
          strokeDashoffset={AROUND * (1 - Math.max(0.03, part))}
        />
      </svg>
    </span>
  );
}
