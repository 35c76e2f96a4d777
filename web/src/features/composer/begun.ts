/** The answer or change that was begun in each conversation: kept while the page lives, as drafts are on the device. */
import { useCallback, useState } from 'react';
import type { Target } from '../conversation/context';

interface Begun {
  target: Target;
  /** What the message that is changed says by now. */
  text: string | undefined;
}

const begun = new Map<string, Begun>();

/** What the composer of a conversation answers or edits, as it was left. */
export function useTarget(conversation: string) {
  const [target, show] = useState(() => begun.get(conversation)?.target);
  const setTarget = useCallback(
    (next: Target | undefined) => {
      if (next) begun.set(conversation, { target: next, text: undefined });
      else begun.delete(conversation);
      show(next);
    },
    [conversation],
  );
  return [target, setTarget] as const;
}

/** The text of a message that is being changed here: as far as it was changed. */
export function editedText(conversation: string, { item }: Target): string {
  const kept = begun.get(conversation);
  return (kept?.target.item.key === item.key ? kept.text : undefined) ?? item.content.text;
}

export function keepEditedText(conversation: string, text: string): void {
  const kept = begun.get(conversation);
  if (kept) kept.text = text;
}

/** Whoever signs out leaves nothing behind. */
export function forgetBegun(): void {
  begun.clear();
}
