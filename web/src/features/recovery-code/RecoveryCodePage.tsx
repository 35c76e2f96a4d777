/** Shows the recovery code to save, then has it typed again. */
import { Check, Copy, Download, Printer } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { TextField } from '../../ui/TextField';
import { useToast } from '../../ui/Toast';
import { EntryLayout } from '../session/EntryLayout';

function download(username: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `sealpost-recovery-code-${username}.txt`;
  link.click();
  URL.revokeObjectURL(url);
}

export function RecoveryCodePage({ code, username }: { code: string; username: string }) {
  const t = useT();
  const toast = useToast();
  const [saved, setSaved] = useState(false);
  const [, navigate] = useLocation();

  async function copy() {
    await navigator.clipboard.writeText(code);
    toast(t('recovery_code.copied'));
  }

  if (saved) return <TypeAgain onBack={() => setSaved(false)} onDone={() => navigate('/')} />;
  return (
    <EntryLayout title={t('recovery_code.title')} lead={t('recovery_code.lead')}>
      <div className="flex flex-col gap-4">
        <p
          role="img"
          aria-label={t('recovery_code.label', { code })}
          className="grid select-all grid-cols-[repeat(auto-fill,minmax(4.5rem,1fr))] gap-x-3 gap-y-2 rounded-row border border-line bg-raised px-5 py-4 text-center font-medium font-mono text-[1.0625rem] tracking-wider"
        >
          {code.split('-').map((group, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: groups may repeat and never move
            <span key={index}>{group}</span>
          ))}
        </p>
        <p className="hidden print:block">{t('recovery_code.for', { username })}</p>
        <div className="flex flex-wrap gap-2 print:hidden">
          <Button look="outline" className="flex-1" icon={<Copy size={17} aria-hidden />} onClick={copy}>
            {t('recovery_code.copy')}
          </Button>
          <Button
            look="outline"
            className="flex-1"
            icon={<Download size={17} aria-hidden />}
            onClick={() => download(username, `${t('recovery_code.for', { username })}\n${code}\n`)}
          >
            {t('recovery_code.download')}
          </Button>
          <Button
            look="outline"
            className="flex-1"
            icon={<Printer size={17} aria-hidden />}
            onClick={() => window.print()}
          >
            {t('recovery_code.print')}
          </Button>
        </div>
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
        <TextField
          label={t('field.recovery_code')}
          error={failure?.kind === 'wrong-code' ? t('recovery_code.wrong') : undefined}
          hint={t('recover.code_hint')}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          className="font-mono"
          autoFocus
          required
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
