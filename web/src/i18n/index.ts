/**
 * Words. The English catalogue names every message; the others are checked against it by the type checker.
 * Messages are in ICU MessageFormat.
 */
import { i18n, type Messages } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { useLingui } from '@lingui/react';
import { ar } from './ar';
import { de } from './de';
import { en } from './en';

export type MessageId = keyof typeof en;
export type Catalogue = Record<MessageId, string>;
export const LOCALES = { en: 'English', de: 'Deutsch', ar: 'العربية' } as const;
export type Locale = keyof typeof LOCALES;
export type LocaleChoice = Locale | 'system';

const CATALOGUES: Record<Locale, Catalogue> = { en, de, ar };
const STORED = 'sealpost-language';
const RIGHT_TO_LEFT = new Set(['ar', 'fa', 'he', 'ur']);

i18n.setMessagesCompiler(compileMessage);

function isLocale(text: string | undefined | null): text is Locale {
  return text !== undefined && text !== null && text in CATALOGUES;
}

/** What the person chose, or to follow the browser. */
export function localeChoice(): LocaleChoice {
  const stored = localStorage.getItem(STORED);
  return isLocale(stored) ? stored : 'system';
}

export function chooseLocale(choice: LocaleChoice): void {
  if (choice === 'system') localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, choice);
  activateLocale();
}

/** Puts the chosen language, or the first of the browser's that there is, into effect. */
export function activateLocale(): void {
  const choice = localeChoice();
  const wanted = navigator.languages.map((language) => language.split('-')[0]).find(isLocale);
  const locale = choice === 'system' ? (wanted ?? 'en') : choice;
  i18n.load(locale, CATALOGUES[locale] as Messages);
  // Dates follow the region too: English of Britain writes 14:05, that of America 2:05 PM.
  const regional = navigator.languages.filter((language) => language.split('-')[0] === locale);
  i18n.activate(locale, [...regional, locale]);
  document.documentElement.lang = locale;
  document.documentElement.dir = RIGHT_TO_LEFT.has(locale) ? 'rtl' : 'ltr';
}

export type Translate = (id: MessageId, values?: Record<string, string | number>) => string;

export const t: Translate = (id, values) => i18n._(id, values);

/** The words in the language of now; the view is drawn again when that changes. */
export function useT(): Translate {
  useLingui();
  return t;
}

/** The language of now, for dates and lists. */
export function useLocale(): string {
  return useLingui().i18n.locale;
}
