/** The frame of what stands in place of the composer, and how its buttons act. */
import type { ReactNode } from 'react';
import { useState } from 'react';
import { failureText } from '../../i18n/failure';
import { useCommand } from '../../sdk/store';
import type { Command } from '../../sdk/types';
import { useToast } from '../../ui/Toast';

export function Bar({ label, text, children }: { label: string; text: string; children: ReactNode }) {
  return (
    <section
      aria-label={label}
      className="mx-auto mb-3 flex w-[calc(100%-1.25rem)] max-w-[47.5rem] flex-col gap-3 rounded-composer border border-line bg-raised px-5 py-4 shadow-float wide:mb-4.5"
    >
      <div>
        <p className="font-semibold" dir="auto">
          {label}
        </p>
        <p className="text-ink-2 text-meta">{text}</p>
      </div>
      <div className="flex flex-wrap justify-end gap-2">{children}</div>
    </section>
  );
}

/** Runs a command and tells in passing if it failed. */
export function useRun() {
  const run = useCommand();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  async function act(command: Command) {
    setBusy(true);
    const outcome = await run(command);
    setBusy(false);
    if (!outcome.ok) toast(failureText(outcome.failure));
  }
  return { busy, act };
}
