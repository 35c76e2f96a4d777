import { act, fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { EmojiPopover } from '../features/emoji/EmojiPopover';
import { FakeClient } from '../testing/fake-client';
import { show } from '../testing/show';
import { Menu, MenuItem } from './Menu';
import { Modal } from './Modal';

const PLACE = new DOMRect(10, 10, 20, 20);

/** A pane with a button that opens a menu, in which a dialog can be opened. */
function Pane() {
  const [shown, setShown] = useState<'menu' | 'dialog'>();
  const [inner, setInner] = useState(false);
  const close = () => setShown(undefined);
  return (
    <section data-testid="pane">
      <button type="button" onClick={() => setShown('menu')}>
        More
      </button>
      {shown === 'menu' && (
        <Menu label="Actions" place={PLACE} onClose={close}>
          <MenuItem onSelect={() => setShown('dialog')}>Open</MenuItem>
        </Menu>
      )}
      {shown === 'dialog' && (
        <Modal label="Frame" onCancel={close}>
          <button type="button" onClick={() => setInner(true)}>
            Deeper
          </button>
          {inner && (
            <Menu label="Inner" place={PLACE} onClose={() => setInner(false)}>
              <MenuItem onSelect={close}>Done</MenuItem>
            </Menu>
          )}
        </Modal>
      )}
    </section>
  );
}

describe('what floats above the page', () => {
  it('is not in the pane that opened it, which may be hidden; in a modal frame it is, since all else is inert', async () => {
    const { user } = show(<Pane />, new FakeClient());
    const pane = screen.getByTestId('pane');
    await user.click(screen.getByRole('button', { name: 'More' }));
    expect(pane.contains(screen.getByRole('menu', { name: 'Actions' }))).toBe(false);
    await user.click(screen.getByRole('menuitem', { name: 'Open' }));
    const frame = screen.getByRole('dialog', { name: 'Frame' });
    expect(pane.contains(frame)).toBe(false);
    await user.click(screen.getByRole('button', { name: 'Deeper' }));
    expect(frame.contains(screen.getByRole('menu', { name: 'Inner' }))).toBe(true);
  });

  it('hears Escape where the focus went with what had it, and nothing below hears it too', async () => {
    const below = vi.fn();
    document.addEventListener('keydown', below);
    const { user } = show(<Pane />, new FakeClient());
    await user.click(screen.getByRole('button', { name: 'More' }));
    act(() => (document.activeElement as HTMLElement).blur());
    fireEvent.keyDown(document.body, { key: 'Escape' });
    expect(screen.queryByRole('menu')).toBeNull();
    expect(below).not.toHaveBeenCalled();
    document.removeEventListener('keydown', below);
  });

  it('the emoji picker too; and a chosen skin tone leaves the focus at its button', async () => {
    const onClose = vi.fn();
    const { user } = show(
      <EmojiPopover place={PLACE} onPick={() => {}} onClose={onClose} />,
      new FakeClient(),
    );
    // Among so many buttons it is slow to look for roles.
    const tone = screen.getByLabelText('Skin tone');
    await user.click(tone);
    await user.click(screen.getByLabelText('Dark'));
    expect(document.activeElement).toBe(tone);
    await user.click(tone);
    await user.keyboard('{Escape}');
    expect(screen.queryByLabelText('Dark')).toBeNull();
    expect(onClose).not.toHaveBeenCalled();
    act(() => tone.blur());
    fireEvent.keyDown(document.body, { key: 'Escape' });
    expect(onClose).toHaveBeenCalledOnce();
  });
});
