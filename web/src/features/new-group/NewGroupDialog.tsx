/** Makes a group: first its people, then its name. */
import { type FormEvent, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { useT } from '../../i18n';
import { listOf } from '../../i18n/dates';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure, Person } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/TextField';
import { PeoplePicker } from './PeoplePicker';

export function NewGroupDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const run = useCommand();
  const [, navigate] = useLocation();
  const form = useId();
  const [members, setMembers] = useState<Person[]>([]);
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function create(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    const accounts = members.map((person) => person.account);
    const outcome = await run({ command: 'create_group', name: name.trim(), members: accounts });
    setBusy(false);
    if (!outcome.ok) return setFailure(outcome.failure);
    if (outcome.answer.answer === 'conversation') navigate(`/c/${outcome.answer.conversation}`);
    onClose();
  }

  if (!naming) {
    return (
      <Dialog
        title={t('new_group.title')}
        onClose={onClose}
        actions={
          <Button disabled={members.length === 0} onClick={() => setNaming(true)}>
            {t('new_group.next')}
          </Button>
        }
      >
        <PeoplePicker chosen={members} onChange={setMembers} />
      </Dialog>
    );
  }
  return (
    <Dialog
      key="naming"
      title={t('new_group.name_title')}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={() => setNaming(false)}>
            {t('new_group.back')}
          </Button>
          <Button type="submit" form={form} busy={busy} disabled={!name.trim()}>
            {t('new_group.create')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={create} className="flex flex-col gap-4">
        {failure && <Callout kind="error">{failureText(failure)}</Callout>}
        <TextField
          label={t('field.group_name')}
          hint={t('new_group.name_hint')}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={100}
          autoComplete="off"
          autoFocus
          required
        />
        <p className="text-ink-2 text-meta">
          {t('new_group.with', { names: listOf(members.map((person) => person.display_name)) })}
        </p>
      </form>
    </Dialog>
  );
}
