/** Asks before something that cannot be taken back. */
import { type ReactNode, useState } from 'react';
import { useT } from '../i18n';
import { failureText } from '../i18n/failure';
import type { Outcome } from '../sdk/store';
import type { Failure } from '../sdk/types';
import { Button } from './Button';
import { Callout } from './Callout';
import { Dialog } from './Dialog';

interface ConfirmDialogProps {
  title: string;
  text: string;
  /** What the button that does it says. */
  action: string;
  /** Does it. */
  run: () => Promise<Outcome>;
  onDone: () => void;
  onCancel: () => void;
  /** Something has to be chosen first. */
  disabled?: boolean;
  children?: ReactNode;
}

export function ConfirmDialog({
  title,
  text,
  action,
  run,
  onDone,
  onCancel,
  disabled = false,
  children,
}: ConfirmDialogProps) {
  const t = useT();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function confirm() {
    setBusy(true);
    const outcome = await run();
    setBusy(false);
    if (outcome.ok) onDone();
    else setFailure(outcome.failure);
  }

  return (
    <Dialog
      alert
      title={title}
      onClose={onCancel}
      actions={
        <>
          <Button look="quiet" onClick={onCancel} autoFocus>
            {t('dialog.cancel')}
          </Button>
          <Button look="danger" busy={busy} disabled={disabled} onClick={confirm}>
            {action}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {failure && <Callout kind="error">{failureText(failure)}</Callout>}
        <p className="text-ink-2">{text}</p>
        {children}
      </div>
    </Dialog>
  );
}
