/** Whether the server keeps the person's history, sealed, for their next devices. */
import { useState } from 'react';
import { type Translate, useT } from '../../i18n';
import { percent } from '../../i18n/dates';
import type { Archive } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { Skeleton } from '../../ui/Skeleton';
import { Switch } from '../../ui/Switch';
import { useSettings } from '../settings/account-settings';
import { useArchive } from './archive';

export function HistorySettings() {
  const t = useT();
  const [settings, change] = useSettings();
  const archive = useArchive();
  const [asking, setAsking] = useState(false);
  if (!settings || !archive) return <Skeleton className="h-20" />;
  return (
    <>
      <Switch
        label={t('history.keep')}
        hint={t('history.keep_hint')}
        checked={settings.archive}
        onChange={(keep) => {
          if (keep) void change({ archive: true });
          else setAsking(true);
        }}
      />
      {settings.archive && <State archive={archive} />}
      {asking && (
        <EraseDialog
          onClose={() => setAsking(false)}
          onErase={() => {
            setAsking(false);
            void change({ archive: false });
          }}
        />
      )}
    </>
  );
}

function State({ archive }: { archive: Archive }) {
  const t = useT();
  if (archive.full) return <Callout kind="error">{t('history.full')}</Callout>;
  return (
    <>
      <p className="text-ink-2 text-meta">{stateText(archive, t)}</p>
      {archive.unreadable > 0 && (
        <Callout kind="error">{t('history.unreadable', { count: archive.unreadable })}</Callout>
      )}
    </>
  );
}

function stateText(archive: Archive, t: Translate): string {
  if (archive.restored < archive.total && archive.unreadable === 0) {
    return t('history.restored', { part: percent(archive.restored / archive.total) });
  }
  return t(archive.waiting ? 'history.waiting' : 'history.kept');
}

function EraseDialog({ onClose, onErase }: { onClose: () => void; onErase: () => void }) {
  const t = useT();
  return (
    <Dialog
      alert
      title={t('history.erase_title')}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose} autoFocus>
            {t('dialog.cancel')}
          </Button>
          <Button look="danger" onClick={onErase}>
            {t('history.erase')}
          </Button>
        </>
      }
    >
      <p className="text-ink-2">{t('history.erase_text')}</p>
    </Dialog>
  );
}
