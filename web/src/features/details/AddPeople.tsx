/** Adds people to a group. */
import { useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure, Person } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { DialogSheet } from '../../ui/Dialog';
import { PeoplePicker } from '../new-group/PeoplePicker';
import type { SheetProps } from './DetailsDialog';

export function AddPeople({ details, onBack, onClose }: SheetProps) {
  const t = useT();
  const run = useCommand();
  const [chosen, setChosen] = useState<Person[]>([]);
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function add() {
    setBusy(true);
    const members = chosen.map((person) => person.account);
    const outcome = await run({ command: 'add_members', conversation: details.conversation, members });
    setBusy(false);
    if (outcome.ok) onBack();
    else setFailure(outcome.failure);
  }

  return (
    <DialogSheet
      title={t('details.add')}
      onBack={onBack}
      onClose={onClose}
      actions={
        <Button busy={busy} disabled={chosen.length === 0} onClick={add}>
          {t('details.add_chosen', { count: chosen.length })}
        </Button>
      }
    >
      {failure && <Callout kind="error">{failureText(failure)}</Callout>}
      <PeoplePicker
        chosen={chosen}
        onChange={setChosen}
        except={details.members.map((member) => member.person.account)}
      />
    </DialogSheet>
  );
}
