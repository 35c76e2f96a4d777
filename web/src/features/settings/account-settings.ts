/** The settings that all of a person's devices share. */
import { useState } from 'react';
import { failureText } from '../../i18n/failure';
import { useCommand, useSnapshot } from '../../sdk/store';
import type { Settings } from '../../sdk/types';
import { useToast } from '../../ui/Toast';

/** The settings, with what was just chosen already in them, and how to change them. */
export function useSettings(): [Settings | undefined, (change: Partial<Settings>) => Promise<void>] {
  const run = useCommand();
  const toast = useToast();
  const stored = useSnapshot({ type: 'settings' });
  const [chosen, setChosen] = useState<Partial<Settings>>({});
  const settings = stored ? { ...stored, ...chosen } : undefined;

  async function change(part: Partial<Settings>): Promise<void> {
    setChosen((before) => ({ ...before, ...part }));
    const outcome = await run({ command: 'change_settings', ...part });
    // From here on the snapshot says how it is.
    const keys = Object.keys(part);
    setChosen((before) => Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key))));
    if (!outcome.ok) toast(failureText(outcome.failure));
  }

  return [settings, change];
}
