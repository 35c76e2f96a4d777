/** Asks for whom a message is to be deleted. */
import { useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure, TimelineItem } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { isMessage, useConversation } from '../conversation/context';

export function DeleteDialog({ item, onClose }: { item: TimelineItem; onClose: () => void }) {
  const t = useT();
  const run = useCommand();
  const { conversation, writable } = useConversation();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const failed = isMessage(item) && item.content.delivery === 'failed';
  const everyone = isMessage(item) && item.content.own && writable && !failed;

  async function remove(forAll: boolean) {
    setBusy(true);
    const outcome = failed
      ? await run({ command: 'discard', conversation, id: item.key })
      : await run({ command: 'delete_messages', conversation, keys: [item.key], everyone: forAll });
    setBusy(false);
    if (outcome.ok) onClose();
    else setFailure(outcome.failure);
  }

  return (
    <Dialog
      alert
      title={t('delete.title')}
      onClose={onClose}
      actions={<Answers everyone={everyone} busy={busy} onDelete={remove} onCancel={onClose} />}
    >
      {failure && <Callout kind="error">{failureText(failure)}</Callout>}
      <p className="text-ink-2">{t(everyone ? 'delete.text_own' : 'delete.text')}</p>
    </Dialog>
  );
}

interface AnswersProps {
  /** Whether it may be deleted for everyone. */
  everyone: boolean;
  busy: boolean;
  onDelete: (forAll: boolean) => void;
  onCancel: () => void;
}

function Answers({ everyone, busy, onDelete, onCancel }: AnswersProps) {
  const t = useT();
  const cancel = (
    <Button look="quiet" onClick={onCancel} autoFocus>
      {t('dialog.cancel')}
    </Button>
  );
  const forMe = (
    <Button look={everyone ? 'outline' : 'danger'} busy={busy} onClick={() => onDelete(false)}>
      {t('delete.for_me')}
    </Button>
  );
  if (!everyone) {
    return (
      <>
        {cancel}
        {forMe}
      </>
    );
  }
  // Three do not fit beside each other.
  return (
    <div className="flex w-full flex-col gap-2">
      <Button look="danger" busy={busy} onClick={() => onDelete(true)}>
        {t('delete.for_everyone')}
      </Button>
      {forMe}
      {cancel}
    </div>
  );
}
