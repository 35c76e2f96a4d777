/** Whether this device takes a PIN, and when it locks. */
import { LockKeyhole } from 'lucide-react';
import { useEffect, useState } from 'react';
import { type Translate, useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import type { StorageKind } from '../../sdk/client';
import { useClient } from '../../sdk/store';
import { Button } from '../../ui/Button';
import { SelectField } from '../../ui/SelectField';
import { Skeleton } from '../../ui/Skeleton';
import { useToast } from '../../ui/Toast';
import { useLock, useLockCall } from './lock';
import { type PinChange, PinDialog } from './PinDialog';

/** After so many minutes without use it may lock by itself; 0 is never. */
const MINUTES = [0, 1, 5, 15, 60];

export function LockSettings() {
  const t = useT();
  const client = useClient();
  const lock = useLock();
  const [storage, setStorage] = useState<StorageKind>();
  const [change, setChange] = useState<PinChange>();
  useEffect(() => void client.storage().then(setStorage, () => {}), [client]);
  if (!lock || !storage) return <Skeleton className="h-20" />;
  // What is in memory alone would be gone with the page that locks.
  if (storage === 'memory') return <p className="text-[0.875rem] text-ink-2">{t('lock.memory')}</p>;
  return (
    <>
      <p className="text-[0.875rem] text-ink-2">{t('lock.explain')}</p>
      {lock.state === 'none' ? (
        <div>
          <Button look="outline" onClick={() => setChange('set')}>
            {t('lock.set')}
          </Button>
        </div>
      ) : (
        <Locking after={lock.after} onChange={setChange} />
      )}
      {change && <PinDialog change={change} onClose={() => setChange(undefined)} />}
    </>
  );
}

function Locking({ after, onChange }: { after: number; onChange: (change: PinChange) => void }) {
  const t = useT();
  const ask = useLockCall();
  const toast = useToast();

  async function choose(minutes: string) {
    const outcome = await ask({ lock: 'after', minutes: Number(minutes) });
    if (!outcome.ok) toast(failureText(outcome.failure));
  }

  return (
    <>
      <SelectField
        label={t('lock.after')}
        value={String(after)}
        options={MINUTES.map((minutes) => [String(minutes), afterText(minutes, t)])}
        onChange={(minutes) => void choose(minutes)}
      />
      <div className="flex flex-wrap gap-2">
        <Button icon={<LockKeyhole size={17} aria-hidden />} onClick={() => void ask({ lock: 'now' })}>
          {t('lock.now')}
        </Button>
        <Button look="outline" onClick={() => onChange('change')}>
          {t('lock.change')}
        </Button>
        <Button look="outline" onClick={() => onChange('remove')}>
          {t('lock.remove')}
        </Button>
      </div>
    </>
  );
}

function afterText(minutes: number, t: Translate): string {
  return minutes === 0 ? t('lock.never') : t('lock.minutes', { minutes });
}
