/** Text as it was written, with web addresses as links. Nothing in it is ever taken for markup. */

const ADDRESS = /https?:\/\/[^\s<>"'`]+/giu;
/** What ends a sentence rather than an address. */
const TRAILING = /[.,;:!?…)\]}»”]+$/u;

type Part = { text: string; at: number; href?: string };

export function parts(text: string): Part[] {
  const found: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trim(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index), at: end });
    found.push({ text: address, at: match.index, href: new URL(address).href });
    end = match.index + address.length;
  }
  if (end < text.length) found.push({ text: text.slice(end), at: end });
  return found;
}

/** Without the punctuation behind it; a closing bracket stays if it was opened inside. */
function trim(address: string): string {
  const trimmed = address.replace(TRAILING, '');
  const opened = trimmed.split('(').length - trimmed.split(')').length;
  return opened > 0 && address[trimmed.length] === ')' ? `${trimmed})` : trimmed;
}

export function LinkedText({ text }: { text: string }) {
  return parts(text).map((part) =>
    part.href ? (
      <a
        key={part.at}
        href={part.href}
        target="_blank"
        rel="noopener noreferrer"
        className="underline underline-offset-2 hover:decoration-2"
      >
        {part.text}
      </a>
    ) : (
      part.text
    ),
  );
}
