/** A picture, or initials on a colour that stays the same for the same id, wherever it is shown. */
import { useSnapshot } from '../sdk/store';

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
  huge: 'size-22 text-[1.75rem]',
};

interface AvatarProps {
  /** Of the account or the conversation. */
  id: string;
  name: string;
  size?: keyof typeof SIZES;
  /** Names the picture, if there is one. */
  picture?: string | null | undefined;
  /** A picture that is shown in its place, as a `data:` address. */
  preview?: string | null | undefined;
  /** Marks someone who is there now. */
  online?: boolean | undefined;
  /** Colour of what it stands on, around the mark. */
  onto?: string;
}

export function Avatar({
  id,
  name,
  size = 'large',
  picture,
  preview,
  online = false,
  onto = 'ring-background',
}: AvatarProps) {
  return (
    <span
      aria-hidden
      className={`relative inline-flex shrink-0 select-none items-center justify-center rounded-full font-semibold tracking-wide rtl:tracking-normal ${SIZES[size]}`}
      style={{ backgroundColor: colourOf(id), color: '#fff' }}
    >
      {initials(name)}
      {preview && <Face data={preview} />}
      {picture && preview === undefined && <Picture id={picture} />}
      {online && (
        <span
          data-online
          className={`absolute end-0.5 bottom-0.5 size-2.5 rounded-full bg-online ring-[2.5px] ${onto}`}
        />
      )}
    </span>
  );
}

function Picture({ id }: { id: string }) {
  const picture = useSnapshot({ type: 'picture', id });
  return picture?.data ? <Face data={picture.data} /> : null;
}

function Face({ data }: { data: string }) {
  return (
    <img
      src={data}
      alt=""
      draggable={false}
      className="absolute inset-0 size-full rounded-full bg-badge object-cover"
    />
  );
}
