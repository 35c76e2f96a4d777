import { describe, expect, it } from 'vitest';
import { failure } from '../sdk/client';
import { chooseLocale, type MessageId, t } from '.';
import { ar } from './ar';
import { de } from './de';
import { en } from './en';
import { failureText } from './failure';

/** Names of the values that a message takes. */
function values(message: string): string[] {
  return [...new Set([...message.matchAll(/\{(\w+)/g)].map((match) => match[1] as string))]
    .filter((name) => !/^\d|^[A-Z]/.test(name))
    .sort();
}

/** Values outside of plural branches are what must agree; branches hold words. */
function outside(message: string): string[] {
  return values(message.replace(/(=\d+|zero|one|two|few|many|other) \{[^}]*\}/g, ''));
}

describe('the catalogues', () => {
  const ids = Object.keys(en) as MessageId[];

  const others = { German: de, Arabic: ar };

  it.each(Object.entries(others))('%s has the same messages', (_, catalogue) => {
    expect(Object.keys(catalogue).sort()).toEqual([...ids].sort());
  });

  it.each(ids)('%s takes the same values in every language', (id) => {
    for (const catalogue of Object.values(others)) {
      expect(outside(catalogue[id])).toEqual(outside(en[id]));
      expect(catalogue[id].trim()).not.toBe('');
    }
  });

  it('has all forms of number that Arabic knows', () => {
    const forms = ['zero', 'one', 'two', 'few', 'many', 'other'];
    for (const message of Object.values(ar)) {
      if (!message.includes(', plural,')) continue;
      for (const form of forms) expect(message).toContain(` ${form} {`);
    }
    chooseLocale('ar');
    const told = [0, 1, 2, 3, 11, 100].map((count) => t('list.unread', { count }));
    expect(new Set(told).size).toBe(6);
    expect(told[2]).toBe('رسالتان غير مقروءتين');
  });

  it('turns the page around for languages that are written from the right', () => {
    chooseLocale('ar');
    expect(document.documentElement.dir).toBe('rtl');
    chooseLocale('en');
    expect(document.documentElement.dir).toBe('ltr');
  });

  it('speaks the chosen language', () => {
    expect(t('list.unread', { count: 1 })).toBe('1 unread message');
    chooseLocale('de');
    expect(t('list.unread', { count: 3 })).toBe('3 ungelesene Nachrichten');
    expect(document.documentElement.lang).toBe('de');
  });

  it('has words for failures it does not know', () => {
    expect(failureText(failure('no-such-kind'))).toBe(t('failure.internal'));
    expect(failureText({ ...failure('rate-limited'), retry_after: 7 })).toContain('7 seconds');
  });
});
