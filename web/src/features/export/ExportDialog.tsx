/** Asks how chats are to be exported, says what that means, and makes the file. */
import { Download } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { percent } from '../../i18n/dates';
import { failureText } from '../../i18n/failure';
import { asFailure } from '../../sdk/client';
import { useClient, useSnapshot } from '../../sdk/store';
import type { ExportForm, Failure } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { Switch } from '../../ui/Switch';
import { useArchive } from '../history/archive';
import { Choice } from '../settings/Choice';
import { type Exported, writeExport } from './write';

interface ExportDialogProps {
  /** The only chat that is exported; all of them without it. */
  chat?: { conversation: string; name: string };
  onClose: () => void;
}

export function ExportDialog({ chat, onClose }: ExportDialogProps) {
  const t = useT();
  const [form, setForm] = useState<ExportForm>('page');
  const [disappearing, setDisappearing] = useState(false);
  const { start, items, exported, failure } = useExport(chat?.conversation);
  const busy = items !== undefined;
  return (
    <Dialog
      title={chat ? t('export.title_one', { name: chat.name }) : t('export.title')}
      onClose={onClose}
      actions={
        exported ? (
          <Finished exported={exported} onClose={onClose} />
        ) : (
          <>
            <Button look="quiet" onClick={onClose}>
              {t('dialog.cancel')}
            </Button>
            <Button busy={busy} disabled={!start} onClick={() => void start?.(form, disappearing)}>
              {t('export.start')}
            </Button>
          </>
        )
      }
    >
      {!exported && !busy && (
        <div className="flex flex-col gap-5">
          {failure && <Callout kind="error">{failureText(failure)}</Callout>}
          <Callout kind="warning">{t('export.clear')}</Callout>
          <Coming />
          <Choice<ExportForm>
            label={t('export.form')}
            value={form}
            options={[
              ['page', t('export.form_page')],
              ['json', t('export.form_json')],
            ]}
            onChange={setForm}
          />
          <Switch
            label={t('export.disappearing')}
            hint={t('export.disappearing_hint')}
            checked={disappearing}
            onChange={setDisappearing}
          />
        </div>
      )}
      <div role="status" className="flex flex-col gap-2 text-ink-2">
        {busy && <p className="tabular-nums">{t('export.making', { count: items })}</p>}
        {exported && <Outcome exported={exported} />}
      </div>
    </Dialog>
  );
}

/** Exports this chat or all of them, and has the file saved. What is under way ends with the view. */
function useExport(conversation: string | undefined) {
  const client = useClient();
  const list = useSnapshot({ type: 'conversations' });
  const session = useSnapshot({ type: 'session' });
  const [items, setItems] = useState<number>();
  const [exported, setExported] = useState<Exported>();
  const [failure, setFailure] = useState<Failure>();
  const ends = useRef<AbortController>(undefined);
  useEffect(() => () => ends.current?.abort(), []);

  const conversations = conversation ? [conversation] : list?.rows.map((row) => row.conversation);
  const me = session?.state === 'signed_in' ? session.me : undefined;

  async function run(chosen: string[], form: ExportForm, disappearing: boolean) {
    if (!me) return;
    const end = new AbortController();
    ends.current = end;
    setFailure(undefined);
    setItems(0);
    try {
      const wanted = { conversations: chosen, form, disappearing, me };
      const made = await writeExport(client, wanted, setItems, end.signal);
      if (end.signal.aborted || !made) return;
      setExported(made);
      save(made);
    } catch (error) {
      setFailure(asFailure(error));
    }
    setItems(undefined);
  }

  const start =
    me && conversations && conversations.length > 0
      ? (form: ExportForm, disappearing: boolean) => run(conversations, form, disappearing)
      : undefined;
  return { start, items, exported, failure };
}

function save({ file, name }: Exported): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Browsers read what they save only after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Says that a part of the history is not on this device yet. */
function Coming() {
  const t = useT();
  const archive = useArchive();
  if (!archive || archive.restored >= archive.total) return null;
  return (
    <Callout kind="note">{t('export.coming', { part: percent(archive.restored / archive.total) })}</Callout>
  );
}

function Outcome({ exported: { name, items, leftOut, incomplete } }: { exported: Exported }) {
  const t = useT();
  return (
    <>
      <p>
        {t('export.made', { count: items })} <bdi className="font-medium text-ink">{name}</bdi>
      </p>
      {leftOut > 0 && <p>{t('export.left_out', { count: leftOut })}</p>}
      {incomplete && <p>{t('export.incomplete')}</p>}
    </>
  );
}

function Finished({ exported, onClose }: { exported: Exported; onClose: () => void }) {
  const t = useT();
  return (
    <>
      <Button look="quiet" icon={<Download size={17} aria-hidden />} onClick={() => save(exported)}>
        {t('export.again')}
      </Button>
      <Button autoFocus onClick={onClose}>
        {t('export.done')}
      </Button>
    </>
  );
}
