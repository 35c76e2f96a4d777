/** Shows the recovery code to save, then has it typed again. */
import { Check } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { useToast } from '../../ui/Toast';
import { EntryLayout } from '../session/EntryLayout';
import { CodeField } from './CodeField';
import { CodeToSave } from './CodeToSave';

export function RecoveryCodePage({ code, username }: { code: string; username: string }) {
  const t = useT();
  const [saved, setSaved] = useState(false);
  const [, navigate] = useLocation();

  if (saved) return <TypeAgain onBack={() => setSaved(false)} onDone={() => navigate('/')} />;
  return (
    <EntryLayout title={t('recovery_code.title')} lead={t('recovery_code.lead')}>
      <div className="flex flex-col gap-4">
        <CodeToSave code={code} username={username} printable />
        <p className="text-ink-2 text-meta print:hidden">{t('recovery_code.warning')}</p>
        <div className="mt-2 flex flex-col gap-2 print:hidden">
          <Button icon={<Check size={18} aria-hidden />} onClick={() => setSaved(true)}>
            {t('recovery_code.saved')}
          </Button>
          <Button look="quiet" onClick={() => navigate('/')}>
            {t('recovery_code.later')}
          </Button>
        </div>
      </div>
    </EntryLayout>
  );
}

function TypeAgain({ onBack, onDone }: { onBack: () => void; onDone: () => void }) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const [typed, setTyped] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    const outcome = await run({ command: 'confirm_recovery_code', code: typed });
    setBusy(false);
    if (!outcome.ok) return setFailure(outcome.failure);
    toast(t('recovery_code.confirmed'));
    onDone();
  }

  return (
    <EntryLayout title={t('recovery_code.again_title')} lead={t('recovery_code.again_lead')}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {failure && failure.kind !== 'wrong-code' && <Callout kind="error">{failureText(failure)}</Callout>}
        <CodeField
          label={t('field.recovery_code')}
          wrong={failure?.kind === 'wrong-code'}
          value={typed}
          onChange={setTyped}
          autoFocus
        />
        <Button type="submit" busy={busy} disabled={!typed.trim()}>
          {t('recovery_code.confirm')}
        </Button>
        <Button look="quiet" onClick={onBack}>
          {t('recovery_code.show_again')}
        </Button>
      </form>
    </EntryLayout>
  );
}
