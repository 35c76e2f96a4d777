/**
 * What the service worker asks this page for: what an attachment that it shows is, and its bytes. Addresses hold nothing but the
 * blob's id, so that they tell nobody anything where no service worker takes them.
 */
import type { Media } from './client';

/** What is known of a file that is on the screen. */
export interface Described {
  size: number;
  /** One of the media types that views show, else `application/octet-stream`. */
  type: string;
  name: string;
}

type Asked = { media: 'describe'; blob: string } | { media: 'read'; blob: string; from: number; to: number };

const described = new Map<string, Described>();

/** Lets the service worker serve a file; its address. */
export function serve(blob: string, about: Described): string {
  described.set(blob, about);
  return `/media/${blob}`;
}

/** Whether files have addresses that are read as they are played. */
export function isServed(): boolean {
  return navigator.serviceWorker?.controller != null;
}

/** Answers the service worker as long as the page lives. */
export function openMediaDoor(media: Media): void {
  navigator.serviceWorker?.addEventListener('message', ({ data, ports: [port] }: MessageEvent<Asked>) => {
    if (!port || !data || !('media' in data)) return;
    answer(media, data).then(
      (value) => port.postMessage({ ok: true, value }),
      () => port.postMessage({ ok: false }),
    );
  });
}

async function answer(media: Media, asked: Asked): Promise<unknown> {
  if (asked.media === 'read') return media.read(asked.blob, asked.from, asked.to);
  const about = described.get(asked.blob);
  if (!about) throw new Error('not on the screen');
  return about;
}
