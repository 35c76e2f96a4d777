/** A sentence that must be seen: what went wrong, what may go wrong, or what is worth doing. */
import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

interface CalloutProps {
  kind: 'error' | 'warning' | 'note';
  children: ReactNode;
}

const LOOKS = {
  error: [CircleAlert, 'bg-danger-soft text-danger'],
  warning: [TriangleAlert, 'bg-warning-soft text-ink'],
  note: [Info, 'bg-accent-soft text-ink'],
} as const;

export function Callout({ kind, children }: CalloutProps) {
  const [Icon, look] = LOOKS[kind];
  return (
    <div
      role={kind === 'error' ? 'alert' : undefined}
      className={`flex gap-2.5 rounded-control px-3.5 py-3 text-meta ${look}`}
    >
      <Icon size={18} aria-hidden className="shrink-0" />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}
