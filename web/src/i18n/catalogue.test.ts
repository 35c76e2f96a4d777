import { describe, expect, it } from 'vitest';
import { failure } from '../sdk/client';
import { chooseLocale, type MessageId, t } from '.';
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

  it.each(ids)('%s takes the same values in German', (id) => {
    expect(outside(de[id])).toEqual(outside(en[id]));
    expect(de[id].trim()).not.toBe('');
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
