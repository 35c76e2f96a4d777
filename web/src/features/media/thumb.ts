/** What an attachment looks like from afar, as a picture. */
import { thumbHashToDataURL } from 'thumbhash';

/** Nothing if there is none, or it is none. */
export function thumbOf(thumbhash: string | null): string | undefined {
  if (!thumbhash) return undefined;
  try {
    return thumbHashToDataURL(Uint8Array.from(atob(thumbhash), (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
