/** Reports a message to the host's moderators, and shows what they will see. */
import { useState } from 'react';
import { useT } from '../../i18n';
import { fullDate } from '../../i18n/dates';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { TextArea } from '../../ui/TextArea';
import { useToast } from '../../ui/Toast';
import { type MessageItem, useConversation } from '../conversation/context';

export function ReportDialog({ item, onClose }: { item: MessageItem; onClose: () => void }) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const { conversation } = useConversation();
  const [comment, setComment] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const { sender, text } = item.content;

  async function report() {
    setBusy(true);
    const about = { conversation, account: sender.account, keys: [item.key], comment: comment.trim() };
    const outcome = await run({ command: 'report', ...about });
    setBusy(false);
    if (!outcome.ok) return setFailure(outcome.failure);
    toast(t('report.done'));
    onClose();
  }

  return (
    <Dialog
      title={t('report.message_title')}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {t('dialog.cancel')}
          </Button>
          <Button look="danger" busy={busy} onClick={report}>
            {t('report.send')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {failure && <Callout kind="error">{failureText(failure)}</Callout>}
        <p className="text-ink-2">{t('report.message_text', { name: sender.display_name })}</p>
        <figure className="rounded-row bg-other px-3.5 py-2.5">
          <figcaption className="pb-0.5 font-semibold text-ink-2 text-meta">
            <bdi>{sender.display_name}</bdi>, <span className="tabular-nums">{fullDate(item.time)}</span>
          </figcaption>
          <blockquote
            dir="auto"
            className="max-h-40 overflow-y-auto whitespace-pre-wrap [overflow-wrap:anywhere]"
          >
            {text}
          </blockquote>
        </figure>
        <TextArea
          label={t('report.comment')}
          value={comment}
          onChange={(event) => setComment(event.target.value)}
          maxLength={2000}
        />
      </div>
    </Dialog>
  );
}
