/** Sizes and parts, as people of the language write them. */
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

/** From 0 to 1. */
export function percent(part: number): string {
  return new Intl.NumberFormat(i18n.locales ?? i18n.locale, { style: 'percent' }).format(part);
}
