import { describe, expect, it } from 'vitest';
import { ME, message, person } from '../../testing/fake-client';
import { arrange } from './rows';

const MINUTE = 60_000;
const NOON = new Date(2026, 10, 20, 12).getTime();
const mara = person('Mara Ortiz');

describe('arrange', () => {
  it('groups one sender’s messages within five minutes', () => {
    const rows = arrange(
      [
        message('a', mara, 'one', NOON),
        message('b', mara, 'two', NOON + 5 * MINUTE),
        message('c', mara, 'three', NOON + 11 * MINUTE),
        message('d', ME, 'four', NOON + 12 * MINUTE),
      ],
      undefined,
    );
    expect(rows.map(({ first, last }) => [first, last])).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
  });

  it('begins a day at midnight, whatever stood together', () => {
    const midnight = new Date(2026, 10, 21).getTime();
    const rows = arrange(
      [message('a', mara, 'late', midnight - 1), message('b', mara, 'early', midnight)],
      undefined,
    );
    expect(rows.map(({ day, first }) => [day, first])).toEqual([
      [true, true],
      [true, true],
    ]);
  });

  it('parts a group where the unread line stands', () => {
    const rows = arrange([message('a', mara, 'seen', NOON), message('b', mara, 'new', NOON)], 'b');
    expect(rows.map(({ unread, first, last }) => [unread, first, last])).toEqual([
      [false, true, true],
      [true, true, true],
    ]);
  });
});
