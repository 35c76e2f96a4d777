import { KeyRound } from 'lucide-react';
import { Link } from 'wouter';
import { useT } from '../../i18n';

/** Reminds of the recovery code until it was saved and typed again. */
export function RecoveryCodeBanner() {
  const t = useT();
  return (
    <Link
      href="/recovery-code"
      className="mx-4 mb-2 flex items-center gap-3 rounded-row bg-warning-soft px-3.5 py-3 text-meta hover:brightness-98"
    >
      <KeyRound size={18} aria-hidden className="shrink-0 text-unread" />
      <span>
        <span className="block font-semibold text-ink">{t('recovery_code.banner_title')}</span>
        <span className="block text-ink-2">{t('recovery_code.banner_text')}</span>
      </span>
    </Link>
  );
}
