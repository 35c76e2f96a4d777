/** How far an own message got: clock, one tick, two ticks, two filled ticks, red mark. */
import { Check, CheckCheck, CircleAlert, Clock3 } from 'lucide-react';
import { useT } from '../i18n';
import type { Delivery } from '../sdk/types';

interface TicksProps {
  delivery: Delivery;
  /** On the accent-coloured bubble rather than on a plain surface. */
  onAccent?: boolean;
}

export function Ticks({ delivery, onAccent = false }: TicksProps) {
  const t = useT();
  const label = t(`ticks.${delivery}`);
  const common = { role: 'img', 'aria-label': label, 'aria-hidden': false, size: 15 } as const;
  const quiet = onAccent ? 'text-own-ink-2' : 'text-ink-3';
  switch (delivery) {
    case 'pending':
      return <Clock3 {...common} size={13} className={`shrink-0 ${quiet}`} />;
    case 'sent':
      return <Check {...common} className={`shrink-0 ${quiet}`} />;
    case 'delivered':
      return <CheckCheck {...common} className={`shrink-0 ${quiet}`} />;
    case 'read':
      return <FilledTicks label={label} onAccent={onAccent} />;
    case 'failed':
      return <CircleAlert {...common} className={`shrink-0 ${onAccent ? 'text-own-ink' : 'text-danger'}`} />;
  }
}

/** Two ticks on filled ground: told apart from outlined ones by shape, not by colour alone. */
function FilledTicks({ label, onAccent }: { label: string; onAccent: boolean }) {
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox="0 0 21 14"
      width={19.5}
      height={13}
      fill="none"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={`shrink-0 ${onAccent ? 'stroke-own' : 'stroke-accent-ink'}`}
    >
      <rect
        width="21"
        height="14"
        rx="7"
        stroke="none"
        className={onAccent ? 'fill-own-ink' : 'fill-accent'}
      />
      <path d="m4.6 7.3 2.5 2.5 4.9-5.4M10.6 9.2l.6.6 4.9-5.4" />
    </svg>
  );
}
