/** Dates and times as people say them, in the language of now and the time zone of the device. */
import { i18n } from '@lingui/core';
import { t } from '.';

const DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();
const numbers = new Map<string, Intl.NumberFormat>();

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

/** A number in the digits of the language. */
export function count(number: number): string {
  let made = numbers.get(i18n.locale);
  if (!made) {
    made = new Intl.NumberFormat(i18n.locales ?? i18n.locale);
    numbers.set(i18n.locale, made);
  }
  return made.format(number);
}

/** A day and a time, for what happened or will happen once. */
export function fullDate(time: number, now = Date.now()): string {
  return format(time, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    ...otherYear(time, now),
  });
}

/** A day in full, for what is read who knows when. */
export function writtenDate(time: number): string {
  return format(time, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

/** A day and a time in full. */
export function writtenTime(time: number): string {
  return format(time, { dateStyle: 'long', timeStyle: 'short' });
}

const UNITS: [number, string][] = [
  [604_800, 'week'],
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** "30 seconds", "4 weeks": in the largest unit that gives a whole number. */
export function duration(seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => seconds >= size && seconds % size === 0) ?? [1, 'second'];
  return inUnits(seconds / size, unit);
}

/** "365 days" */
export function days(number: number): string {
  return inUnits(number, 'day');
}

function inUnits(number: number, unit: string): string {
  const options = { style: 'unit', unit, unitDisplay: 'long' } as const;
  return new Intl.NumberFormat(i18n.locales ?? i18n.locale, options).format(number);
}

/** A part of the whole, from 0 to 1. */
export function percent(part: number): string {
  return new Intl.NumberFormat(i18n.locales ?? i18n.locale, { style: 'percent' }).format(part);
}
