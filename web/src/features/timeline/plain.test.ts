import { expect, it } from 'vitest';
import type { Block } from '../../sdk/types';
import { span } from '../../testing/fake-client';
import { plain } from './plain';

function paragraph(...texts: string[]): Block {
  return { block: 'paragraph', spans: texts.map((text) => span(text)) };
}

it('names a message by its words', () => {
  const body: Block[] = [
    paragraph('Mind ', 'the step'),
    { block: 'quotation', blocks: [paragraph('it is')] },
    { block: 'list', start: null, items: [[paragraph('wet')], [{ block: 'code', text: 'and cold' }]] },
  ];
  expect(plain({ body, text: '**raw**' })).toBe('Mind the step it is wet and cold');
});

it('names what has no body by its text', () => {
  expect(plain({ body: [], text: 'When do we eat?' })).toBe('When do we eat?');
});
