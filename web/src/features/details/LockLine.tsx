import { LockKeyhole } from 'lucide-react';
import { useT } from '../../i18n';

/** How the conversation is protected. */
export function LockLine({ postQuantum }: { postQuantum: boolean }) {
  const t = useT();
  return (
    <div className="flex items-start gap-3 rounded-row bg-accent-soft px-3.5 py-3 text-meta">
      <LockKeyhole size={17} aria-hidden className="mt-px shrink-0 text-accent" />
      <p>
        <span className="font-semibold">{t('details.encrypted')}</span>{' '}
        {t(postQuantum ? 'details.encrypted_post_quantum' : 'details.encrypted_classic')}
      </p>
    </div>
  );
}
