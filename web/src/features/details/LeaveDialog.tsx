/** Asks before one leaves a group; the last admin says who is to be one then. */
import { useState } from 'react';
import { useT } from '../../i18n';
import { useCommand, useSnapshot } from '../../sdk/store';
import type { Person } from '../../sdk/types';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { SelectField } from '../../ui/SelectField';

export function LeaveDialog({ conversation, onClose }: { conversation: string; onClose: () => void }) {
  const t = useT();
  const run = useCommand();
  const details = useSnapshot({ type: 'details', conversation });
  const [successor, setSuccessor] = useState('');
  const others =
    details?.members
      .filter(({ me, waiting, successor }) => !me && waiting !== 'add' && !successor)
      .map(({ person }) => person) ?? [];
  const needed = Boolean(details?.last_admin && others.length > 0);
  return (
    <ConfirmDialog
      title={t('leave.title', { name: details?.name ?? '' })}
      text={t(needed ? 'leave.text_last_admin' : 'leave.text')}
      action={t('leave.confirm')}
      disabled={!details || (needed && !successor)}
      run={() => run({ command: 'leave_group', conversation, successor: successor || null })}
      onDone={onClose}
      onCancel={onClose}
    >
      {needed && (
        <SelectField
          label={t('leave.successor')}
          value={successor}
          options={[
            ['', t('leave.choose')],
            ...others.map((person: Person): [string, string] => [
              person.account,
              `${person.display_name} (@${person.username})`,
            ]),
          ]}
          onChange={setSuccessor}
        />
      )}
    </ConfirmDialog>
  );
}
