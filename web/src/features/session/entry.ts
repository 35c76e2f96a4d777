/** How one enters: a command that ends with being signed in on this device. */
import { type FormEvent, useState } from 'react';
import { useCommand } from '../../sdk/store';
import type { Command, Failure } from '../../sdk/types';
import { keepStorage } from '../settings/storage';

/** A username as it was typed, in the one form that there is of it. */
export function usernameOf(typed: string): string {
  return typed.trim().toLowerCase();
}

export function useEntry() {
  const run = useCommand();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function enter(event: FormEvent, command: Command) {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    const outcome = await run(command);
    setBusy(false);
    if (outcome.ok) void keepStorage();
    else setFailure(outcome.failure);
  }

  return { busy, failure, setFailure, enter };
}
