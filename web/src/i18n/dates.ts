/** Dates and times as people say them, in the language of now and the time zone of the device. */
import { i18n } from '@lingui/core';
import { t } from '.';

const DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(time: number, options: Intl.DateTimeFormatOptions): string {
  const key = i18n.locale + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(i18n.locales ?? i18n.locale, options);
    formats.set(key, made);
  }
  return made.format(time);
}

/** Midnight of the day in which `time` lies, here. */
export function dayOf(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

/** Whole days between, whatever the clocks did in between. */
function daysAgo(time: number, now: number): number {
  return Math.round((dayOf(now) - dayOf(time)) / DAY);
}

export function clock(time: number): string {
  return format(time, { hour: '2-digit', minute: '2-digit' });
}

/** For the list: a time today, then a day, then a date. */
export function shortDate(time: number, now = Date.now()): string {
  const days = daysAgo(time, now);
  if (days <= 0) return clock(time);
  if (days === 1) return t('date.yesterday');
  if (days < 7) return format(time, { weekday: 'short' });
  return format(time, { day: 'numeric', month: 'short', ...otherYear(time, now) });
}

/** For separators in a timeline. */
export function longDate(time: number, now = Date.now()): string {
  const days = daysAgo(time, now);
  if (days <= 0) return t('date.today');
  if (days === 1) return t('date.yesterday');
  return format(time, { weekday: 'long', day: 'numeric', month: 'long', ...otherYear(time, now) });
}

function otherYear(time: number, now: number): Intl.DateTimeFormatOptions {
  return new Date(time).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' };
}

/** "Mara, Jonas and Tom" */
export function listOf(names: string[]): string {
  return new Intl.ListFormat(i18n.locale, { type: 'conjunction' }).format(names);
}

const UNITS = [
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** "4 weeks", "90 seconds": in the largest unit that leaves no rest. */
export function duration(seconds: number): string {
  const [unit, length] = UNITS.find(([, length]) => seconds >= length && seconds % length === 0) ?? UNITS[4];
  const options = { style: 'unit', unit, unitDisplay: 'long' } as const;
  return new Intl.NumberFormat(i18n.locale, options).format(seconds / length);
}
