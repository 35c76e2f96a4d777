import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { FakeClient } from '../../testing/fake-client';
import { show } from '../../testing/show';
import { EmojiPicker } from './EmojiPicker';
import { findEmoji, forgetRecentEmoji, loadEmoji, quickEmoji, recentEmoji, rememberEmoji } from './emoji';

function showPicker() {
  const onPick = vi.fn();
  return { onPick, ...show(<EmojiPicker onPick={onPick} />, new FakeClient()) };
}

describe('the emoji', () => {
  it('are found by what their names and words begin with', async () => {
    const all = await loadEmoji('en');
    const found = findEmoji(all, 'cat hear').map(({ text }) => text);
    expect(found).toContain('😻');
    expect(findEmoji(all, 'ocket')).toEqual([]);
    expect(all.length).toBeGreaterThan(1500);
  });

  it('have names in German, and English ones where there is no other', async () => {
    expect(findEmoji(await loadEmoji('de'), 'rakete').map(({ text }) => text)).toContain('🚀');
    expect(await loadEmoji('ar')).toBe(await loadEmoji('en'));
  });

  it('are offered by last use, and forgotten on request', () => {
    rememberEmoji('🚣');
    rememberEmoji('🐈');
    rememberEmoji('🚣');
    expect(recentEmoji()).toEqual(['🚣', '🐈']);
    expect(quickEmoji().slice(0, 3)).toEqual(['🚣', '🐈', '👍']);
    forgetRecentEmoji();
    expect(recentEmoji()).toEqual([]);
    localStorage.setItem('sealpost-emoji-recent', '{"no":"list"}');
    expect(recentEmoji()).toEqual([]);
  });
});

describe('the emoji picker', () => {
  it('searches as one types, and Enter takes the first', async () => {
    const { user, onPick } = showPicker();
    await user.type(screen.getByLabelText('Search emoji'), 'rocket');
    await screen.findByRole('button', { name: 'rocket' });
    await user.keyboard('{Enter}');
    expect(onPick).toHaveBeenCalledWith('🚀');
    expect(recentEmoji()).toEqual(['🚀']);
  });

  it('says when there is none', async () => {
    const { user } = showPicker();
    await user.type(screen.getByLabelText('Search emoji'), 'qqqq');
    expect(await screen.findByText('No emoji has that name.')).toBeTruthy();
  });

  it('is walked through by arrow keys, across its rows', async () => {
    const { user } = showPicker();
    await user.type(screen.getByLabelText('Search emoji'), 'cat');
    await waitFor(() => expect(screen.getAllByRole('button').length).toBeLessThan(60));
    const cells = [...document.querySelectorAll<HTMLElement>('[data-cell]')];
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement).toBe(cells[0]);
    await user.keyboard('{ArrowRight}{ArrowDown}');
    expect(document.activeElement).toBe(cells[9]);
    await user.keyboard('{ArrowUp}');
    expect(document.activeElement).toBe(cells[1]);
  });

  it('gives emoji the chosen skin tone from then on', async () => {
    const { user, onPick } = showPicker();
    await user.click(screen.getByLabelText('Skin tone'));
    await user.click(screen.getByLabelText('Medium'));
    await user.type(screen.getByLabelText('Search emoji'), 'waving hand');
    await user.click(await screen.findByRole('button', { name: 'waving hand' }));
    expect(onPick).toHaveBeenCalledWith('👋🏽');
  });
});
