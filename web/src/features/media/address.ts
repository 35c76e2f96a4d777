/** Where views find the bytes of an attachment. */
import { useEffect, useState } from 'react';
import type { Client } from '../../sdk/client';
import { isServed, serve } from '../../sdk/media-door';
import { useClient } from '../../sdk/store';
import type { Attachment } from '../../sdk/types';
import { refuseHuge } from './huge';

/** How many pictures that nobody shows any more are kept, so that scrolling back is instant. */
const KEPT = 60;
/** So much is read at once. */
const PIECE = 1024 * 1024;

interface Read {
  address: Promise<string>;
  shown: number;
}

/** Pictures that were read, last shown last. */
const reads = new Map<string, Read>();

async function read(client: Client, { blob, kind, size, content_type }: Attachment): Promise<string> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < size; at += PIECE) {
    pieces.push(await client.media.read(blob, at, Math.min(at + PIECE, size)));
  }
  const whole = new Blob(pieces, { type: content_type });
  if (kind === 'image') await refuseHuge(whole);
  return URL.createObjectURL(whole);
}

function take(client: Client, attachment: Attachment): Read {
  const known = reads.get(attachment.blob) ?? { address: read(client, attachment), shown: 0 };
  known.shown += 1;
  reads.delete(attachment.blob);
  reads.set(attachment.blob, known);
  return known;
}

function giveBack(known: Read): void {
  known.shown -= 1;
  const unused = [...reads].filter(([, { shown }]) => shown === 0);
  for (const [blob, { address }] of unused.slice(0, Math.max(0, unused.length - KEPT))) {
    reads.delete(blob);
    void address.then(URL.revokeObjectURL, () => {});
  }
}

/** Whoever signs out leaves nothing behind. */
export function forgetAddresses(): void {
  for (const { address } of reads.values()) void address.then(URL.revokeObjectURL, () => {});
  reads.clear();
}

/** The whole of an attachment, read when it is `wanted`; null if it cannot be had. */
export function useWhole(attachment: Attachment, wanted = true): string | null | undefined {
  const client = useClient();
  const [address, setAddress] = useState<string | null>();
  const [tries, setTries] = useState(0);
  const { blob } = attachment;
  const gone = attachment.state.state === 'gone';
  // biome-ignore lint/correctness/useExhaustiveDependencies: a blob never changes
  useEffect(() => {
    if (!wanted || gone) return;
    const known = take(client, attachment);
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    known.address.then(
      (found) => current && setAddress(found),
      () => {
        if (reads.get(blob) === known) reads.delete(blob);
        if (!current) return;
        setAddress(null);
        // There may be a connection again by then.
        timer = setTimeout(() => setTries((before) => before + 1), 5_000);
      },
    );
    return () => {
      current = false;
      clearTimeout(timer);
      giveBack(known);
    };
  }, [client, blob, wanted, gone, tries]);
  return gone ? null : address;
}

/** Where it is played from: as it comes where that is possible, else the whole. */
export function usePlayed(attachment: Attachment, wanted: boolean): string | null | undefined {
  const served = isServed();
  const whole = useWhole(attachment, wanted && !served);
  if (!served) return whole;
  const { blob, size, content_type: type, name } = attachment;
  return wanted ? serve(blob, { size, type, name }) : undefined;
}

/** Saves it where the browser saves things. */
export async function download(client: Client, attachment: Attachment): Promise<void> {
  const { blob, size, content_type: type, name } = attachment;
  if (isServed()) {
    // Links that are saved are not asked of the service worker; a page that turns out to be a download stays where it is.
    location.assign(`${serve(blob, { size, type, name })}?download`);
    return;
  }
  const link = document.createElement('a');
  link.download = name;
  link.href = await read(client, attachment);
  link.click();
  // After the browser has begun to save it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
