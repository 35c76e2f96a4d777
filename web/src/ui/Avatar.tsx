/** Initials on a colour that stays the same for the same id, wherever it is shown. */

/** Each has at least 4.5:1 against white. */
const COLOURS = [
  '#7a5ba6',
  '#2a7565',
  '#8c661c',
  '#a84a6c',
  '#56687c',
  '#54752f',
  '#8a5a45',
  '#4669ae',
  '#9258a8',
  '#ab4f29',
];

function colourOf(id: string): string {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return COLOURS[hash % COLOURS.length] as string;
}

/** The first letters of the first two words. */
export function initials(name: string): string {
  const words = name.split(/[\s,]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letters = words
    .slice(0, 2)
    .map((word) => [...word].find((letter) => /[\p{L}\p{N}]/u.test(letter)) ?? '');
  return letters.join('').toLocaleUpperCase() || '?';
}

const SIZES = {
  small: 'size-8 text-[0.75rem]',
  medium: 'size-10 text-[0.875rem]',
  large: 'size-12 text-[1rem]',
};

interface AvatarProps {
  /** Of the account or the conversation. */
  id: string;
  name: string;
  size?: keyof typeof SIZES;
}

export function Avatar({ id, name, size = 'large' }: AvatarProps) {
  return (
    <span
      aria-hidden
      className={`inline-flex shrink-0 select-none items-center justify-center rounded-full font-semibold tracking-wide ${SIZES[size]}`}
      style={{ backgroundColor: colourOf(id), color: '#fff' }}
    >
      {initials(name)}
    </span>
  );
}
