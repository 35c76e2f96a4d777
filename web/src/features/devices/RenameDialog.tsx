/** What the person calls a device, on all of them. */
import { type FormEvent, useId, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure, OwnDevice } from '../../sdk/types';
import { Button } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/TextField';

export function RenameDialog({ device, onClose }: { device: OwnDevice; onClose: () => void }) {
  const t = useT();
  const run = useCommand();
  const form = useId();
  const [name, setName] = useState(device.name);
  const [failure, setFailure] = useState<Failure>();

  async function submit(event: FormEvent) {
    event.preventDefault();
    const outcome = await run({ command: 'rename_device', device: device.device, name });
    if (outcome.ok) onClose();
    else setFailure(outcome.failure);
  }

  return (
    <Dialog
      title={t('devices.rename_title')}
      onClose={onClose}
      actions={
        <Button type="submit" form={form}>
          {t('devices.rename_submit')}
        </Button>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        {failure && <Callout kind="error">{failureText(failure)}</Callout>}
        <TextField
          label={t('devices.name')}
          hint={t('devices.name_hint')}
          placeholder={device.platform}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={64}
          autoFocus
        />
      </form>
    </Dialog>
  );
}
