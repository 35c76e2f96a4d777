/** What was chosen to be sent in each conversation and is not sent yet: kept while the page lives. */
import { useCallback, useSyncExternalStore } from 'react';
import { asFailure, newId } from '../../sdk/client';
import { useClient, useCommand } from '../../sdk/store';
import type { Failure } from '../../sdk/types';
import { type About, prepare } from './prepare';

/** Most files of a message. */
export const FILES_MAX = 32;

export interface Chosen {
  blob: string;
  source: File;
  state: 'preparing' | 'ready' | 'failed';
  about: About | undefined;
  /** What it looks like. */
  preview: string | undefined;
  failure: Failure | undefined;
  /** It goes as it is, because the browser cannot show it. */
  unseen: boolean;
}

const NONE: Chosen[] = [];
const trays = new Map<string, Chosen[]>();
const listeners = new Set<() => void>();

function put(conversation: string, chosen: Chosen[]): void {
  trays.set(conversation, chosen);
  for (const listener of listeners) listener();
}

function change(conversation: string, blob: string, more: Partial<Chosen>): void {
  const tray = trays.get(conversation) ?? NONE;
  put(
    conversation,
    tray.map((one) => (one.blob === blob ? { ...one, ...more } : one)),
  );
}

function forget({ preview }: Chosen): void {
  if (preview) URL.revokeObjectURL(preview);
}

/** Whoever signs out leaves nothing behind. */
export function forgetTrays(): void {
  for (const tray of trays.values()) tray.forEach(forget);
  trays.clear();
}

export function useTray(conversation: string) {
  const client = useClient();
  const run = useCommand();
  const chosen = useSyncExternalStore(
    useCallback((listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    }, []),
    () => trays.get(conversation) ?? NONE,
  );

  async function stage({ blob, source }: Chosen, original: boolean) {
    try {
      const { file, about, unseen } = await prepare(source, original);
      if (!isThere(blob)) return;
      const preview = about.kind === 'image' ? URL.createObjectURL(file) : undefined;
      change(conversation, blob, { about, preview, unseen });
      await client.media.stage(blob, file);
      // Taken out meanwhile: when that was told, there was nothing to be dropped.
      if (isThere(blob)) change(conversation, blob, { state: 'ready' });
      else void run({ command: 'drop_files', blobs: [blob] });
    } catch (error) {
      change(conversation, blob, { state: 'failed', failure: asFailure(error) });
    }
  }

  /** One after the other, so that many large pictures do not all lie in memory. */
  async function add(files: File[], original = false) {
    const room = FILES_MAX - (trays.get(conversation) ?? NONE).length;
    const added = files.slice(0, Math.max(0, room)).map(
      (source): Chosen => ({
        blob: newId(),
        source,
        state: 'preparing',
        about: undefined,
        preview: undefined,
        failure: undefined,
        unseen: false,
      }),
    );
    put(conversation, [...(trays.get(conversation) ?? NONE), ...added]);
    for (const one of added) if (isThere(one.blob)) await stage(one, original);
  }

  function isThere(blob: string): boolean {
    return trays.get(conversation)?.some((one) => one.blob === blob) ?? false;
  }

  function takeOut(some: Chosen[]): string[] {
    const blobs = some.map(({ blob }) => blob);
    some.forEach(forget);
    put(
      conversation,
      (trays.get(conversation) ?? NONE).filter(({ blob }) => !blobs.includes(blob)),
    );
    return blobs;
  }

  return {
    chosen,
    add,
    /** They are not to be sent. */
    remove: (some: Chosen[]) => void run({ command: 'drop_files', blobs: takeOut(some) }),
    describe: (one: Chosen, description: string) =>
      one.about && change(conversation, one.blob, { about: { ...one.about, description } }),
    /** They were sent. */
    sent: (some: Chosen[]) => void takeOut(some),
  };
}

export type Tray = ReturnType<typeof useTray>;
