/** Goes to the first message of a day, or after it. */
import { type FormEvent, useId, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/TextField';

interface JumpToDateDialogProps {
  conversation: string;
  onJump: (key: string) => void;
  onClose: () => void;
}

/** A day as date fields write it, here. */
function dayText(time: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

export function JumpToDateDialog({ conversation, onJump, onClose }: JumpToDateDialogProps) {
  const t = useT();
  const run = useCommand();
  const form = useId();
  const today = dayText(new Date());
  const [day, setDay] = useState(today);
  const [error, setError] = useState<string>();

  async function jump(event: FormEvent) {
    event.preventDefault();
    const midnight = new Date(`${day}T00:00`).getTime();
    if (Number.isNaN(midnight)) return;
    const outcome = await run({ command: 'find_time', conversation, time: midnight });
    if (!outcome.ok) return setError(failureText(outcome.failure));
    const key = outcome.answer.answer === 'found' ? outcome.answer.key : null;
    if (key === null) return setError(t('jump.none'));
    onJump(key);
    onClose();
  }

  return (
    <Dialog
      title={t('conversation.jump_to_date')}
      onClose={onClose}
      actions={
        <Button type="submit" form={form} disabled={!day}>
          {t('jump.go')}
        </Button>
      }
    >
      <form id={form} onSubmit={jump}>
        <TextField
          label={t('jump.date')}
          type="date"
          value={day}
          max={today}
          onChange={(event) => {
            setDay(event.target.value);
            setError(undefined);
          }}
          error={error}
          required
          autoFocus
        />
      </form>
    </Dialog>
  );
}
