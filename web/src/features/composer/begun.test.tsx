import { act, renderHook } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { ME, message } from '../../testing/fake-client';
import { editedText, forgetBegun, keepEditedText, useTarget } from './begun';

const item = message('a', ME, 'Leaving at six', 0);

/** Looks at what was begun in a conversation, as one who comes to it. */
function visit(conversation: string) {
  return renderHook(() => useTarget(conversation));
}

afterEach(forgetBegun);

describe('what was begun in a conversation', () => {
  it('is there again when one comes back, and not in others', () => {
    const first = visit('lake');
    act(() => first.result.current[1]({ mode: 'reply', item }));
    first.unmount();
    expect(visit('tern').result.current[0]).toBeUndefined();
    expect(visit('lake').result.current[0]).toEqual({ mode: 'reply', item });
  });

  it('keeps how far a message was changed, until that is given up', () => {
    const target = { mode: 'edit', item } as const;
    const { result } = visit('lake');
    act(() => result.current[1](target));
    expect(editedText('lake', target)).toBe('Leaving at six');
    keepEditedText('lake', 'Leaving at sev');
    expect(editedText('lake', target)).toBe('Leaving at sev');
    act(() => result.current[1](undefined));
    expect(visit('lake').result.current[0]).toBeUndefined();
    expect(editedText('lake', target)).toBe('Leaving at six');
  });

  it('is forgotten by whoever signs out', () => {
    const { result } = visit('lake');
    act(() => result.current[1]({ mode: 'reply', item }));
    forgetBegun();
    expect(visit('lake').result.current[0]).toBeUndefined();
  });
});
