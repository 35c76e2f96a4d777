/** Shows chosen messages of someone to those who run the server. */
import { useState } from 'react';
import { useT } from '../../i18n';
import { fullDate } from '../../i18n/dates';
import { failureText } from '../../i18n/failure';
import { useCommand, useSnapshot } from '../../sdk/store';
import type { Failure, Person, TimelineItem } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { SelectField } from '../../ui/SelectField';
import { TextArea } from '../../ui/TextArea';
import { useToast } from '../../ui/Toast';
import { plain } from '../timeline/plain';

/** How many messages, the newest or those around the first chosen one, are looked through, and how many of them are offered. */
const LOOKED_AT = 60;
const OFFERED = 12;

interface ReportDialogProps {
  conversation: string;
  /** Whom it is about; in a group one says so here. */
  about: Person | undefined;
  /** Messages that are chosen at first. */
  keys?: string[];
  onClose: () => void;
}

export function ReportDialog({ conversation, about, keys = [], onClose }: ReportDialogProps) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const details = useSnapshot({ type: 'details', conversation });
  const around = keys[0] ?? null;
  const timeline = useSnapshot({ type: 'timeline', conversation, limit: LOOKED_AT, around });
  const [account, setAccount] = useState(about?.account ?? '');
  const [chosen, setChosen] = useState(new Set(keys));
  const [comment, setComment] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const others = details?.members.filter((member) => !member.me).map((member) => member.person) ?? [];
  const offered = nearest(
    (timeline?.items ?? []).filter((item) => isFrom(item, account)),
    around,
  );

  async function report() {
    setBusy(true);
    const outcome = await run({
      command: 'report',
      conversation,
      account,
      keys: [...chosen],
      comment: comment.trim(),
    });
    setBusy(false);
    if (!outcome.ok) return setFailure(outcome.failure);
    toast(t(outcome.answer.answer === 'waits' ? 'report.waits' : 'report.done'));
    onClose();
  }

  function toggle(key: string) {
    const next = new Set(chosen);
    if (!next.delete(key)) next.add(key);
    setChosen(next);
  }

  return (
    <Dialog
      title={about ? t('report.title_name', { name: about.display_name }) : t('report.title')}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {t('dialog.cancel')}
          </Button>
          <Button
            look="danger"
            busy={busy}
            disabled={!account || (chosen.size === 0 && !comment.trim())}
            onClick={report}
          >
            {t('report.send')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {failure && <Callout kind="error">{failureText(failure)}</Callout>}
        <p className="text-ink-2">{t('report.text')}</p>
        {!about && (
          <SelectField
            label={t('report.whom')}
            value={account}
            options={[
              ['', t('leave.choose')],
              ...others.map((person): [string, string] => [
                person.account,
                `${person.display_name} (@${person.username})`,
              ]),
            ]}
            onChange={(next) => {
              setAccount(next);
              setChosen(new Set());
            }}
          />
        )}
        {offered.length > 0 && (
          <fieldset>
            <legend className="pb-1.5 font-medium text-meta">{t('report.messages')}</legend>
            <div className="flex max-h-64 flex-col overflow-y-auto rounded-control border border-line bg-raised">
              {offered.map((item) => (
                <ReportedMessage
                  key={item.key}
                  item={item}
                  checked={chosen.has(item.key)}
                  onToggle={() => toggle(item.key)}
                />
              ))}
            </div>
          </fieldset>
        )}
        <TextArea
          label={t('report.comment')}
          value={comment}
          maxLength={1000}
          onChange={(event) => setComment(event.target.value)}
        />
      </div>
    </Dialog>
  );
}

/** So many as are offered, about as many before as after what the dialog was opened for; else the newest. */
function nearest(items: TimelineItem[], key: string | null): TimelineItem[] {
  const at = items.findIndex((item) => item.key === key);
  const begin = Math.min(at - OFFERED / 2, items.length - OFFERED);
  return at < 0 ? items.slice(-OFFERED) : items.slice(Math.max(0, begin)).slice(0, OFFERED);
}

function isFrom(item: TimelineItem, account: string): boolean {
  return item.content.type === 'message' && item.content.sender.account === account;
}

function ReportedMessage({
  item,
  checked,
  onToggle,
}: {
  item: TimelineItem;
  checked: boolean;
  onToggle: () => void;
}) {
  if (item.content.type !== 'message') return null;
  return (
    <label className="flex cursor-pointer items-start gap-3 px-3 py-2 hover:bg-hover">
      <input type="checkbox" checked={checked} onChange={onToggle} className="mt-1 size-4 accent-accent" />
      <span className="min-w-0 flex-1">
        <span className="line-clamp-2 break-words text-[0.875rem]" dir="auto">
          {plain(item.content)}
        </span>
        <span className="text-[0.75rem] text-ink-3">{fullDate(item.time)}</span>
      </span>
    </label>
  );
}
