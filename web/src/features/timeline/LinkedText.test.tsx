import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { LinkedText, parts } from './LinkedText';

function links(text: string) {
  return parts(text).flatMap((part) => part.href ?? []);
}

describe('LinkedText', () => {
  it('finds web addresses and leaves the sentence around them', () => {
    expect(links('See https://example.org/a?b=1#c, or (http://example.net).')).toEqual([
      'https://example.org/a?b=1#c',
      'http://example.net/',
    ]);
    expect(links('https://example.org/lake_(2026).')).toEqual(['https://example.org/lake_(2026)']);
  });

  it('links nothing but http and https', () => {
    const text = 'javascript:alert(1) data:text/html,x file:///etc/passwd xhttps://';
    expect(links(text)).toEqual([]);
  });

  it('keeps every character', () => {
    const text = '<b>no</b> https://example.org/?q="x" & <script>alert(1)</script>';
    const { container } = render(<LinkedText text={text} />);
    expect(container.textContent).toBe(text);
    expect(container.querySelector('b, script')).toBeNull();
  });

  it('opens links apart from the app', () => {
    render(<LinkedText text="https://example.org/" />);
    const link = screen.getByRole('link', { name: 'https://example.org/' });
    expect(link.getAttribute('rel')).toContain('noopener');
    expect(link.getAttribute('target')).toBe('_blank');
  });
});
