/** Offers to install the app where the browser can. */
import { Download } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { useT } from '../../i18n';
import { Button } from '../../ui/Button';
import { install, installable, onInstallable } from './install';

export function InstallApp() {
  const t = useT();
  const can = useSyncExternalStore(onInstallable, installable);
  if (!can) return null;
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="min-w-56 flex-1 text-[0.875rem] text-ink-2">{t('install.text')}</p>
      <Button look="outline" icon={<Download size={17} aria-hidden />} onClick={() => void install()}>
        {t('install.action')}
      </Button>
    </div>
  );
}
