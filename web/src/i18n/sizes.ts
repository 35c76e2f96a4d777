/** Sizes, lengths of time and parts, as people of the language write them. */
import { i18n } from '@lingui/core';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

export function bytes(size: number): string {
  let [number, unit] = [size, 0];
  while (number >= 1000 && unit < UNITS.length - 1) [number, unit] = [number / 1000, unit + 1];
  const most = unit === 0 || number >= 100 ? 0 : 1;
  return new Intl.NumberFormat(i18n.locales ?? i18n.locale, {
    style: 'unit',
    unit: UNITS[unit],
    maximumFractionDigits: most,
  }).format(number);
}

/** Milliseconds as minutes and seconds. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const two = (number: number) =>
    new Intl.NumberFormat(i18n.locales ?? i18n.locale, { minimumIntegerDigits: 2 }).format(number);
  const minutes = new Intl.NumberFormat(i18n.locales ?? i18n.locale, { useGrouping: false });
  return `${minutes.format(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

/** From 0 to 1. */
export function percent(part: number): string {
  return new Intl.NumberFormat(i18n.locales ?? i18n.locale, { style: 'percent' }).format(part);
}
