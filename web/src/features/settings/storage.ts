/** Whether the browser promised to keep this device's messages. */
export type Kept = 'kept' | 'may_be_cleared' | 'unknown';

/** Asks the browser to keep them; browsers answer by their own rules, some after asking the person. */
export async function keepStorage(): Promise<Kept> {
  if (!navigator.storage?.persist) return 'unknown';
  return (await navigator.storage.persist()) ? 'kept' : 'may_be_cleared';
}

export async function storageKept(): Promise<Kept> {
  if (!navigator.storage?.persisted) return 'unknown';
  return (await navigator.storage.persisted()) ? 'kept' : 'may_be_cleared';
}
