/** The emoji there are, those used last, and the skin tone that was chosen. All of it stays on this device. */

export interface Emoji {
  text: string;
  label: string;
  /** In lower case, to search in. */
  words: string;
  group: Group;
  /** From light to dark. */
  tones: string[] | undefined;
}

/** In the order of their numbers in the data; skin tones by themselves are left out. */
const GROUPS = [
  'smileys',
  'people',
  undefined,
  'animals',
  'food',
  'travel',
  'activities',
  'objects',
  'symbols',
  'flags',
] as const;
export type Group = Exclude<(typeof GROUPS)[number], undefined>;

const LANGUAGES = {
  en: () => import('virtual:emoji/en'),
  de: () => import('virtual:emoji/de'),
};

const loaded = new Map<string, Promise<Emoji[]>>();

/** All emoji, named in a language or else in English. */
export function loadEmoji(locale: string): Promise<Emoji[]> {
  const language = locale in LANGUAGES ? (locale as keyof typeof LANGUAGES) : 'en';
  let emoji = loaded.get(language);
  if (!emoji) {
    emoji = LANGUAGES[language]().then(({ default: entries }) =>
      entries.map(([text, label, words, group, tones]) => ({
        text,
        label,
        words: `${label} ${words}`.toLocaleLowerCase(),
        group: GROUPS[group] as Group,
        tones,
      })),
    );
    loaded.set(language, emoji);
    // What could not be fetched is tried again when it is next asked for.
    emoji.catch(() => loaded.delete(language));
  }
  return emoji;
}

/** Those with words that begin with all of what is typed; first the ones that are called so. */
export function findEmoji(all: Emoji[], typed: string): Emoji[] {
  const wanted = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter(({ words }) => wanted.every((word) => ` ${words}`.includes(` ${word}`)));
  const name = wanted.join(' ');
  const called = ({ words }: Emoji) => words.startsWith(name);
  return [...found.filter(called), ...found.filter((emoji) => !called(emoji))];
}

const RECENT = 'sealpost-emoji-recent';
const TONE = 'sealpost-emoji-tone';
const KEPT = 24;

/** Offered before anything was used. */
const FIRST = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

export function recentEmoji(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(RECENT) ?? '[]');
    return Array.isArray(stored) ? stored.filter((text) => typeof text === 'string').slice(0, KEPT) : [];
  } catch {
    return [];
  }
}

/** The few that are offered without a search: the ones used last, filled up with the usual ones. */
export function quickEmoji(): string[] {
  return [...new Set([...recentEmoji().slice(0, 3), ...FIRST])].slice(0, FIRST.length);
}

export function rememberEmoji(text: string): void {
  const others = recentEmoji().filter((other) => other !== text);
  localStorage.setItem(RECENT, JSON.stringify([text, ...others].slice(0, KEPT)));
}

/** Whoever signs out leaves no trace of what they wrote. */
export function forgetRecentEmoji(): void {
  localStorage.removeItem(RECENT);
}

/** From 0, none, to 5, dark. */
export function skinTone(): number {
  const stored = Number(localStorage.getItem(TONE));
  return stored >= 1 && stored <= 5 ? stored : 0;
}

export function chooseSkinTone(tone: number): void {
  localStorage.setItem(TONE, String(tone));
}

export function withTone(emoji: Emoji, tone: number): string {
  return emoji.tones?.[tone - 1] ?? emoji.text;
}
