/** Replaces the recovery code: shows a new one to save, then has it typed again with the password. */
import { type FormEvent, useEffect, useId, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { DialogSheet } from '../../ui/Dialog';
import { Modal } from '../../ui/Modal';
import { Skeleton } from '../../ui/Skeleton';
import { useToast } from '../../ui/Toast';
import { PresentPasswordField } from '../session/PresentPasswordField';
import { CodeField } from './CodeField';
import { CodeToSave } from './CodeToSave';

interface NewCodeDialogProps {
  username: string;
  onClose: () => void;
}

export function NewCodeDialog({ username, onClose }: NewCodeDialogProps) {
  const t = useT();
  const run = useCommand();
  const [code, setCode] = useState<string>();
  const [saved, setSaved] = useState(false);

  useEffect(() => {
    void run({ command: 'new_recovery_code' }).then((outcome) => {
      if (outcome.ok && outcome.answer.answer === 'recovery_code') setCode(outcome.answer.code);
    });
  }, [run]);

  return (
    <Modal onCancel={onClose}>
      {saved && code ? (
        <TypeAgain code={code} onBack={() => setSaved(false)} onClose={onClose} />
      ) : (
        <DialogSheet
          title={t('new_code.title')}
          onClose={onClose}
          actions={
            <Button disabled={!code} onClick={() => setSaved(true)}>
              {t('recovery_code.saved')}
            </Button>
          }
        >
          <div className="flex flex-col gap-4">
            <p className="text-ink-2">{t('new_code.lead')}</p>
            {code ? <CodeToSave code={code} username={username} /> : <Skeleton className="h-40" />}
            <p className="text-ink-2 text-meta">{t('recovery_code.warning')}</p>
          </div>
        </DialogSheet>
      )}
    </Modal>
  );
}

interface TypeAgainProps {
  code: string;
  onBack: () => void;
  onClose: () => void;
}

function TypeAgain({ code, onBack, onClose }: TypeAgainProps) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const form = useId();
  const [typed, setTyped] = useState('');
  const [password, setPassword] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const wrongCode = failure?.kind === 'wrong-code';
  const wrongPassword = failure?.kind === 'wrong-credentials';

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    const outcome = await run({ command: 'set_recovery_code', code, typed, password });
    setBusy(false);
    if (!outcome.ok) return setFailure(outcome.failure);
    toast(t('new_code.done'));
    onClose();
  }

  return (
    <DialogSheet
      title={t('recovery_code.again_title')}
      onBack={onBack}
      onClose={onClose}
      actions={
        <Button type="submit" form={form} busy={busy} disabled={!typed.trim() || !password}>
          {t('new_code.submit')}
        </Button>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        {failure && !wrongCode && !wrongPassword && <Callout kind="error">{failureText(failure)}</Callout>}
        <CodeField
          label={t('new_code.field')}
          wrong={wrongCode}
          value={typed}
          onChange={setTyped}
          autoFocus
        />
        <PresentPasswordField
          label={t('field.password')}
          value={password}
          onChange={setPassword}
          wrong={wrongPassword}
        />
      </form>
    </DialogSheet>
  );
}
