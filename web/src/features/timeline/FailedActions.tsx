/** What can be done about a message that could not be sent. */
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import { useToast } from '../../ui/Toast';

interface FailedActionsProps {
  conversation: string;
  id: string;
  reason: string | null;
}

export function FailedActions({ conversation, id, reason }: FailedActionsProps) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();

  async function act(command: 'retry' | 'discard') {
    const outcome = await run({ command, conversation, id });
    if (!outcome.ok) toast(failureText(outcome.failure));
  }

  const look = 'rounded-tight px-1.5 py-0.5 font-semibold hover:bg-hover';
  return (
    <div className="flex flex-wrap items-center justify-end gap-x-1 pt-1 text-danger text-meta">
      <span className="pe-1">{reason ? t('timeline.failed_because', { reason }) : t('timeline.failed')}</span>
      <button type="button" className={look} onClick={() => act('retry')}>
        {t('timeline.retry')}
      </button>
      <button type="button" className={look} onClick={() => act('discard')}>
        {t('timeline.delete')}
      </button>
    </div>
  );
}
