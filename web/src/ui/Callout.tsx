/** A sentence that must be seen: what went wrong, or what is worth doing. */
import { CircleAlert, Info } from 'lucide-react';
import type { ReactNode } from 'react';

interface CalloutProps {
  kind: 'error' | 'note';
  children: ReactNode;
}

export function Callout({ kind, children }: CalloutProps) {
  const error = kind === 'error';
  const Icon = error ? CircleAlert : Info;
  return (
    <div
      role={error ? 'alert' : undefined}
      className={`flex gap-2.5 rounded-control px-3.5 py-3 text-meta ${error ? 'bg-danger-soft text-danger' : 'bg-accent-soft text-ink'}`}
    >
      <Icon size={18} aria-hidden className="shrink-0" />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}
