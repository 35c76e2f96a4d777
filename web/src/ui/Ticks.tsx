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
      return (
        <CheckCheck
          {...common}
          strokeWidth={3}
          className={`shrink-0 ${onAccent ? 'text-own-ink' : 'text-accent'}`}
        />
      );
    case 'failed':
      return <CircleAlert {...common} className={`shrink-0 ${onAccent ? 'text-own-ink' : 'text-danger'}`} />;
  }
}
