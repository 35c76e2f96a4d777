/** How long something plays, in the digits and words of the language. */
import { i18n } from '@lingui/core';

function number(value: number, options: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(i18n.locales ?? i18n.locale, { useGrouping: false, ...options }).format(value);
}

function parts(milliseconds: number): { hours: number; minutes: number; seconds: number } {
  const whole = Math.max(0, Math.floor(milliseconds / 1000));
  return { hours: Math.floor(whole / 3600), minutes: Math.floor(whole / 60) % 60, seconds: whole % 60 };
}

/** "0:23", "1:02:03" */
export function playtime(milliseconds: number): string {
  const { hours, minutes, seconds } = parts(milliseconds);
  const two = { minimumIntegerDigits: 2 };
  if (hours === 0) return `${number(minutes, {})}:${number(seconds, two)}`;
  return `${number(hours, {})}:${number(minutes, two)}:${number(seconds, two)}`;
}

/** "1 minute, 2 seconds", for those who listen: "1:02" is read as a time of day. */
export function spokenPlaytime(milliseconds: number): string {
  const { hours, minutes, seconds } = parts(milliseconds);
  const named = [
    [hours, 'hour'],
    [minutes, 'minute'],
    [seconds, 'second'],
  ] as const;
  const said = named.filter(([value, unit]) => value > 0 || (unit === 'second' && hours + minutes === 0));
  const words = said.map(([value, unit]) => number(value, { style: 'unit', unit, unitDisplay: 'long' }));
  return new Intl.ListFormat(i18n.locale, { type: 'unit', style: 'long' }).format(words);
}

/** "1.5×" */
export function speed(times: number): string {
  return `${number(times, {})}×`;
}
