/** How much of a message's size is used, once that matters. */
import { useT } from '../../i18n';

/** What a message holds, in bytes: as the client has it. */
const LIMIT = 64 * 1024;
/** From here on it is told. */
const TELL = 60 * 1024;
const encoder = new TextEncoder();

function bytes(text: string): number {
  // No character takes more than three bytes for each of its units, so most texts need not be measured.
  return text.length * 3 < TELL ? 0 : encoder.encode(text.trim()).length;
}

export function tooLong(text: string): boolean {
  return bytes(text) > LIMIT;
}

export function LengthNote({ text }: { text: string }) {
  const t = useT();
  const size = bytes(text);
  const over = size > LIMIT;
  const kib = (count: number) => Math.ceil((count / 1024) * 10) / 10;
  return (
    <p
      id="composer-length"
      role="status"
      className={`px-4.5 text-meta tabular-nums ${size < TELL ? '' : 'pb-2.5'} ${over ? 'text-danger' : 'text-ink-2'}`}
    >
      {over && t('composer.too_long', { over: kib(size - LIMIT) })}
      {!over && size >= TELL && t('composer.almost', { left: kib(LIMIT - size) })}
    </p>
  );
}
