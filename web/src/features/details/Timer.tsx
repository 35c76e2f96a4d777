/** After how long new messages disappear. */
import { Check } from 'lucide-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { duration } from '../../i18n/dates';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Failure } from '../../sdk/types';
import { Callout } from '../../ui/Callout';
import { DialogSheet } from '../../ui/Dialog';
import type { SheetProps } from './DetailsDialog';

/** What is offered, in seconds. */
const TIMES = [null, 30, 300, 3_600, 28_800, 86_400, 604_800, 2_419_200];

export function Timer({ details, onBack, onClose }: SheetProps) {
  const t = useT();
  const run = useCommand();
  const [failure, setFailure] = useState<Failure>();
  const [wanted, setWanted] = useState<number | null>();
  const current = wanted === undefined ? details.timer : wanted;

  async function choose(seconds: number | null) {
    setWanted(seconds);
    const outcome = await run({ command: 'set_timer', conversation: details.conversation, seconds });
    if (outcome.ok) return setFailure(undefined);
    setWanted(undefined);
    setFailure(outcome.failure);
  }

  return (
    <DialogSheet title={t('timer.title')} onBack={onBack} onClose={onClose}>
      <p className="pb-3 text-ink-2 text-[0.875rem]">{t('timer.explain')}</p>
      {failure && <Callout kind="error">{failureText(failure)}</Callout>}
      <fieldset className="-mx-3">
        <legend className="sr-only">{t('timer.title')}</legend>
        {TIMES.map((seconds) => (
          <label
            key={seconds}
            className="relative flex min-h-11 cursor-pointer items-center gap-3 rounded-row px-3 py-2 transition-colors hover:bg-hover has-checked:font-semibold has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-[-2px]"
          >
            <input
              type="radio"
              name="timer"
              className="sr-only"
              checked={current === seconds}
              onChange={() => void choose(seconds)}
            />
            <span className="flex-1">{seconds === null ? t('timer.off') : duration(seconds)}</span>
            {current === seconds && <Check size={18} aria-hidden className="text-accent" />}
          </label>
        ))}
      </fieldset>
    </DialogSheet>
  );
}
