import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { Block } from '../../sdk/types';
import { person, span } from '../../testing/fake-client';
import { Body, isFewEmoji } from './Body';

const mara = person('Mara Ortiz');

function paragraph(...spans: ReturnType<typeof span>[]): Block {
  return { block: 'paragraph', spans };
}

function showBody(...blocks: Block[]) {
  return render(<Body blocks={blocks} own={false} end="12:00" />).container;
}

describe('a text', () => {
  it('opens addresses apart from the app, and tells them nothing about it', () => {
    showBody(paragraph(span('see '), span('https://example.org/', { link: 'https://example.org/' })));
    const link = screen.getByRole('link', { name: 'https://example.org/' });
    expect(link.getAttribute('rel')).toBe('noopener noreferrer');
    expect(link.getAttribute('target')).toBe('_blank');
  });

  it('is never taken for markup', () => {
    const text = '<b>no</b> <script>alert(1)</script> & <img src=x onerror=alert(1)>';
    const shown = showBody(paragraph(span(text)), { block: 'code', text });
    expect(shown.querySelector('b, script, img')).toBeNull();
    expect(shown.querySelector('p')?.textContent).toBe(text);
    expect(shown.querySelector('code')?.textContent).toBe(text);
  });

  it('shows strong, emphasised, struck and code', () => {
    const shown = showBody(
      paragraph(
        span('a', { bold: true }),
        span('b', { italic: true }),
        span('c', { strike: true }),
        span('d', { code: true }),
      ),
    );
    const kinds = ['strong', 'em', 's', 'code'].map((tag) => shown.querySelector(tag)?.textContent);
    expect(kinds).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps lists, their numbers, and quotations', () => {
    const one = [paragraph(span('one'))];
    showBody(
      { block: 'list', start: null, items: [one] },
      { block: 'list', start: 7, items: [one, one] },
      { block: 'quotation', blocks: one },
    );
    const [bullets, numbers] = screen.getAllByRole('list');
    expect(bullets?.tagName).toBe('UL');
    expect(numbers?.getAttribute('start')).toBe('7');
    expect(document.querySelector('blockquote')?.textContent).toBe('one');
  });

  it('sets mentions apart from the direction around them', () => {
    const shown = showBody(paragraph(span('@Mara Ortiz', { mention: mara })));
    expect(shown.querySelector('bdi')?.title).toBe('@mara.ortiz');
    expect(shown.querySelector('p')?.getAttribute('dir')).toBe('auto');
  });

  it('of a few emoji and nothing else is shown large', () => {
    const large = (text: string) => isFewEmoji([paragraph(span(text))]);
    expect(['👍', '👩‍👩‍👧🏳️‍🌈', '❤️ '].map(large)).toEqual([true, true, true]);
    expect(['', '1', '👍 yes', '👍👍👍👍', 'a'].map(large)).toEqual([false, false, false, false, false]);
  });
});
