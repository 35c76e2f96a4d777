/** Ways out of a conversation: leaving, blocking, reporting, deleting. */
import { Ban, Flag, LogOut, Trash2, UserRoundCheck } from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { ConversationRow, Details, Person } from '../../sdk/types';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { useToast } from '../../ui/Toast';
import { DeleteChat } from '../conversation-list/DeleteChat';
import { ReportDialog } from '../report/ReportDialog';
import { DetailRow } from './DetailRow';
import { LeaveDialog } from './LeaveDialog';

interface EndingsProps {
  details: Details;
  row: ConversationRow | undefined;
  other: Person | undefined;
  onClose: () => void;
}

export function Endings({ details, row, other, onClose }: EndingsProps) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const [asking, setAsking] = useState<'leave' | 'block' | 'report' | 'delete'>();
  const { conversation, name } = details;
  const mayLeave = row ? row.may_leave : details.kind === 'group';
  const stop = () => setAsking(undefined);

  async function unblock(account: string) {
    const outcome = await run({ command: 'block', account, blocked: false });
    if (!outcome.ok) toast(failureText(outcome.failure));
  }

  return (
    <div className="-mx-3 border-line border-t pt-3">
      {mayLeave && (
        <DetailRow icon={LogOut} label={t('leave.action')} danger onClick={() => setAsking('leave')} />
      )}
      {other && details.blocked && (
        <DetailRow
          icon={UserRoundCheck}
          label={t('block.undo', { name })}
          onClick={() => void unblock(other.account)}
        />
      )}
      {other && !details.blocked && (
        <DetailRow icon={Ban} label={t('block.action', { name })} danger onClick={() => setAsking('block')} />
      )}
      {(other || details.kind === 'group') && (
        <DetailRow icon={Flag} label={t('report.action')} danger onClick={() => setAsking('report')} />
      )}
      {(!mayLeave || row?.ended) && (
        <DetailRow icon={Trash2} label={t('delete_chat.action')} danger onClick={() => setAsking('delete')} />
      )}
      {asking === 'leave' && <LeaveDialog conversation={conversation} onClose={stop} />}
      {asking === 'report' && <ReportDialog conversation={conversation} about={other} onClose={stop} />}
      {asking === 'delete' && (
        <DeleteChat conversation={conversation} name={name} onClose={stop} onDeleted={onClose} />
      )}
      {asking === 'block' && other && (
        <ConfirmDialog
          title={t('block.title', { name })}
          text={t('block.text')}
          action={t('block.confirm')}
          run={() => run({ command: 'block', account: other.account, blocked: true })}
          onDone={stop}
          onCancel={stop}
        />
      )}
    </div>
  );
}
