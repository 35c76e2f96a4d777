/** What can be done about a message that could not be sent, or a change that could not be made. */
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { SendFailure } from '../../sdk/types';
import { useToast } from '../../ui/Toast';

interface FailedActionsProps {
  conversation: string;
  id: string;
  reason: SendFailure | null;
}

export function FailedActions({ conversation, id, reason }: FailedActionsProps) {
  const t = useT();
  return (
    <div className="flex flex-wrap items-center justify-end gap-x-1 pt-1 text-danger text-meta">
      <span className="pe-1">{t(reason ? `timeline.failed_${reason}` : 'timeline.failed')}</span>
      <RetryOrDelete conversation={conversation} id={id} />
    </div>
  );
}

export function RetryOrDelete({ conversation, id }: { conversation: string; id: string }) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();

  async function act(command: 'retry' | 'discard') {
    const outcome = await run({ command, conversation, id });
    if (!outcome.ok) toast(failureText(outcome.failure));
  }

  const look = 'rounded-tight px-1.5 py-0.5 font-semibold hover:bg-hover';
  return (
    <>
      <button type="button" className={look} onClick={() => act('retry')}>
        {t('timeline.retry')}
      </button>
      <button type="button" className={look} onClick={() => act('discard')}>
        {t('timeline.delete')}
      </button>
    </>
  );
}
