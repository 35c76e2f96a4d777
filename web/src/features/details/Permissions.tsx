/** What members who are no admins may do in a group. */
import { useState } from 'react';
import { type MessageId, useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure, Policy, Who } from '../../sdk/types';
import { Callout } from '../../ui/Callout';
import { DialogSheet } from '../../ui/Dialog';
import { Choice } from '../settings/Choice';
import type { SheetProps } from './DetailsDialog';

const PARTS: [keyof Policy, MessageId][] = [
  ['post', 'policy.post'],
  ['add', 'policy.add'],
  ['edit', 'policy.edit'],
];

export function Permissions({ details, onBack, onClose }: SheetProps) {
  const t = useT();
  const run = useCommand();
  const [failure, setFailure] = useState<Failure>();
  const [wanted, setWanted] = useState<Policy>();
  const policy = wanted ?? details.policy;

  async function change(part: keyof Policy, who: Who) {
    const next = { ...policy, [part]: who };
    setWanted(next);
    const outcome = await run({ command: 'set_policy', conversation: details.conversation, policy: next });
    if (outcome.ok) return setFailure(undefined);
    setWanted(undefined);
    setFailure(outcome.failure);
  }

  return (
    <DialogSheet title={t('policy.title')} onBack={onBack} onClose={onClose}>
      <p className="pb-4 text-[0.875rem] text-ink-2">{t('policy.explain')}</p>
      {failure && <Callout kind="error">{failureText(failure)}</Callout>}
      {details.policy_waiting && <Callout kind="note">{t('details.waiting_role')}</Callout>}
      <div className="flex flex-col gap-5">
        {PARTS.map(([part, id]) => (
          <Choice<Who>
            key={part}
            stacked
            label={t(id)}
            value={policy[part]}
            options={[
              ['members', t('policy.members')],
              ['admins', t('policy.admins')],
            ]}
            onChange={(who) => void change(part, who)}
          />
        ))}
      </div>
    </DialogSheet>
  );
}
