/** Changes a group's name, picture and description. */
import { type FormEvent, useId, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { DialogSheet } from '../../ui/Dialog';
import { TextArea } from '../../ui/TextArea';
import { TextField } from '../../ui/TextField';
import { changeOf } from '../picture/change';
import { type CutPicture, GROUP_LIMIT } from '../picture/crop';
import { PictureField } from '../picture/PictureField';
import type { SheetProps } from './DetailsDialog';

export function EditGroup({ details, onBack, onClose }: SheetProps) {
  const t = useT();
  const run = useCommand();
  const form = useId();
  const [name, setName] = useState(details.name);
  const [description, setDescription] = useState(details.description);
  const [picture, setPicture] = useState<CutPicture | null>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function save(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    const outcome = await run({
      command: 'change_group',
      conversation: details.conversation,
      name: name.trim() === details.name ? null : name.trim(),
      description: description.trim() === details.description ? null : description.trim(),
      picture: changeOf(picture),
    });
    setBusy(false);
    if (outcome.ok) onBack();
    else setFailure(outcome.failure);
  }

  return (
    <DialogSheet
      title={t('edit_group.title')}
      onBack={onBack}
      onClose={onClose}
      actions={
        <Button type="submit" form={form} busy={busy} disabled={!name.trim()}>
          {t('dialog.save')}
        </Button>
      }
    >
      <form id={form} onSubmit={save} className="flex flex-col gap-4">
        {failure && <Callout kind="error">{failureText(failure)}</Callout>}
        <PictureField
          id={details.conversation}
          name={details.name}
          picture={details.picture}
          change={picture}
          limit={GROUP_LIMIT}
          onChange={setPicture}
        />
        <TextField
          label={t('field.group_name')}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={100}
          autoComplete="off"
          dir="auto"
          required
        />
        <TextArea
          label={t('edit_group.description')}
          hint={t('new_group.name_hint')}
          value={description}
          onChange={(event) => setDescription(event.target.value)}
          maxLength={500}
        />
      </form>
    </DialogSheet>
  );
}
