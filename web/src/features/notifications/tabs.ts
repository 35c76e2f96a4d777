/** What the tabs of this browser agree on by locks: which one notifies, and which chats someone looks at. */

const NOTIFIER = 'sealpost-notifier';
const looking = (conversation: string) => `sealpost-looks-at-${conversation}`;

/** Holds a lock until the returned function is called. */
function hold(name: string, mode: LockMode, held?: () => void): () => void {
  const given = new AbortController();
  let release = () => {};
  navigator.locks
    ?.request(name, { mode, signal: given.signal }, () => {
      held?.();
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    })
    .catch(() => {});
  return () => {
    given.abort();
    release();
  };
}

/** Becomes the one tab that notifies as soon as no other is; calls `became` then. */
export function becomeNotifier(became: () => void): () => void {
  return hold(NOTIFIER, 'exclusive', became);
}

/** Says that this tab shows a conversation to someone. */
export function lookAt(conversation: string): () => void {
  return hold(looking(conversation), 'shared');
}

/** Whether someone looks at a conversation in any tab. */
export async function isLookedAt(conversation: string): Promise<boolean> {
  const locks = await navigator.locks?.query();
  return locks?.held?.some(({ name }) => name === looking(conversation)) ?? false;
}
