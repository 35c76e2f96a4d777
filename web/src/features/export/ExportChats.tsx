/** The way from the settings to an export of all chats. */
import { Download } from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { Button } from '../../ui/Button';
import { ExportDialog } from './ExportDialog';

export function ExportChats() {
  const t = useT();
  const [asking, setAsking] = useState(false);
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="min-w-56 flex-1 text-[0.875rem] text-ink-2">{t('export.explain')}</p>
      <Button look="outline" icon={<Download size={17} aria-hidden />} onClick={() => setAsking(true)}>
        {t('export.action')}
      </Button>
      {asking && <ExportDialog onClose={() => setAsking(false)} />}
    </div>
  );
}
