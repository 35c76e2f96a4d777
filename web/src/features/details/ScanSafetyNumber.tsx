/** Reads the other person's safety number with the camera, and says plainly what came of it. */
import { BadgeCheck, ShieldAlert } from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { DialogSheet } from '../../ui/Dialog';
import { Scanner } from '../../ui/Scanner';
import type { SheetProps } from './DetailsDialog';

type Result = 'same' | 'differ';

export function ScanSafetyNumber({ details, account = '', onBack, onClose }: SheetProps) {
  const t = useT();
  const run = useCommand();
  const [result, setResult] = useState<Result>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const member = details.members.find(({ person }) => person.account === account);
  const name = member?.person.display_name ?? '';

  async function compare(number: string) {
    setBusy(true);
    const outcome = await run({ command: 'set_verified', account, number, verified: true });
    setBusy(false);
    setFailure(undefined);
    if (outcome.ok) setResult('same');
    else if (outcome.failure.kind === 'other-number') setResult('differ');
    else setFailure(outcome.failure);
  }

  if (result) {
    return (
      <DialogSheet key={result} title={t(`safety.${result}_title`)} onBack={onBack} onClose={onClose}>
        {result === 'same' ? (
          <Same name={name} onDone={onBack} />
        ) : (
          <Differ name={name} onAgain={() => setResult(undefined)} />
        )}
      </DialogSheet>
    );
  }
  return (
    <DialogSheet key="scan" title={t('safety.scan')} onBack={onBack} onClose={onClose}>
      <div className="flex flex-col gap-4">
        <p className="text-ink-2">{t('safety.scan_how', { name })}</p>
        <Scanner busy={busy} onCode={compare} without={t('safety.scan_without')} />
        {failure && (
          <Callout kind="error">
            {failure.kind === 'no-safety-number' ? t('safety.scan_other') : failureText(failure)}
          </Callout>
        )}
      </div>
    </DialogSheet>
  );
}

function Same({ name, onDone }: { name: string; onDone: () => void }) {
  const t = useT();
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-col items-center gap-4 py-4 text-center">
        <span className="inline-flex size-16 items-center justify-center rounded-full bg-accent-soft text-accent">
          <BadgeCheck size={32} strokeWidth={1.6} aria-hidden />
        </span>
        <p role="status" className="max-w-80 font-medium">
          {t('safety.same', { name })}
        </p>
      </div>
      <Button onClick={onDone}>{t('safety.done')}</Button>
    </div>
  );
}

function Differ({ name, onAgain }: { name: string; onAgain: () => void }) {
  const t = useT();
  return (
    <div className="flex flex-col gap-5">
      <div
        role="alert"
        className="flex flex-col items-center gap-4 rounded-row bg-danger-soft px-5 py-6 text-center text-danger"
      >
        <ShieldAlert size={40} strokeWidth={1.6} aria-hidden />
        <p className="font-semibold">{t('safety.differ', { name })}</p>
      </div>
      <ol className="flex list-decimal flex-col gap-2 ps-5">
        <li>{t('safety.differ_first', { name })}</li>
        <li>{t('safety.differ_then', { name })}</li>
      </ol>
      <Button onClick={onAgain}>{t('safety.scan_again')}</Button>
    </div>
  );
}
