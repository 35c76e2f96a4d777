/**
 * Serves the emoji of a language as a module of the app, so that the picker asks nobody else for them: from the
 * emojibase data, without what the picker does not show.
 */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

const MODULE = /^virtual:emoji\/([a-z]{2})$/;
/** Newer ones are empty squares on many devices. */
const NEWEST = 15.1;
/** Skin tones and hair by themselves. */
const COMPONENTS = 2;

interface Emoji {
  emoji: string;
  label: string;
  tags?: string[];
  group?: number;
  order: number;
  version: number;
  skins?: { emoji: string; tone: number | number[] }[];
}

/** Text, name, words to find it by, group, and the five skin tones if it has them. */
function entry({ emoji, label, tags = [], group, skins = [] }: Emoji) {
  const tones = skins.filter(({ tone }) => typeof tone === 'number').map((skin) => skin.emoji);
  return [emoji, label, tags.join(' '), group, ...(tones.length === 5 ? [tones] : [])];
}

export function emoji(): Plugin {
  return {
    name: 'sealpost-emoji',
    resolveId: (id) => (MODULE.test(id) ? `\0${id}` : undefined),
    load(id) {
      const language = MODULE.exec(id.slice(1))?.[1];
      if (!id.startsWith('\0') || !language) return undefined;
      const path = `node_modules/emojibase-data/${language}/data.json`;
      const all = JSON.parse(readFileSync(path, 'utf8')) as Emoji[];
      const shown = all
        .filter(({ group, version }) => group !== undefined && group !== COMPONENTS && version <= NEWEST)
        .sort((a, b) => a.order - b.order);
      return `export default ${JSON.stringify(shown.map(entry))};`;
    },
  };
}
