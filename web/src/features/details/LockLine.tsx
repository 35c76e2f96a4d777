import { LockKeyhole } from 'lucide-react';
import type { ReactNode } from 'react';
import { useT } from '../../i18n';

interface LockLineProps {
  postQuantum: boolean;
  /** How it is checked, where it can be. */
  children?: ReactNode;
}

/** How the conversation is protected. */
export function LockLine({ postQuantum, children }: LockLineProps) {
  const t = useT();
  return (
    <div className="flex items-start gap-3 rounded-row bg-accent-soft px-3.5 py-3 text-meta">
      <LockKeyhole size={17} aria-hidden className="mt-px shrink-0 text-accent" />
      <div className="min-w-0">
        <p>
          <span className="font-semibold">{t('details.encrypted')}</span>{' '}
          {t(postQuantum ? 'details.encrypted_post_quantum' : 'details.encrypted_classic')}
        </p>
        {children}
      </div>
    </div>
  );
}
