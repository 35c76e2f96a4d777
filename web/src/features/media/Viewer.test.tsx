import { act, fireEvent, screen, within } from '@testing-library/react';
import { useState } from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { chooseLocale } from '../../i18n';
import type { Attachment } from '../../sdk/types';
import { attachment } from '../../testing/attachment';
import { FakeClient } from '../../testing/fake-client';
import { show } from '../../testing/show';
import { Viewer } from './Viewer';

const LAKE = attachment({ blob: 'lake', description: 'The lake at noon' });
const BOAT = attachment({ blob: 'boat' });
const FILM = attachment({ blob: 'film', kind: 'video', content_type: 'video/webm' });

interface OpenProps {
  attachments?: Attachment[];
  address?: string | null;
  first?: number;
  onDownload?: (attachment: Attachment) => void;
  onClose?: () => void;
}

function Open(props: OpenProps) {
  const { attachments = [LAKE, BOAT, FILM], first = 0, onDownload = vi.fn(), onClose = vi.fn() } = props;
  const [shown, setShown] = useState(first);
  return (
    <Viewer
      attachments={attachments}
      shown={shown}
      onShow={setShown}
      address={'address' in props ? props.address : 'blob:shown'}
      placeholder="data:afar"
      sender="Mara Ortiz"
      time={Date.UTC(2026, 10, 20, 12)}
      caption="At last"
      onDownload={onDownload}
      onClose={onClose}
    />
  );
}

function open(props: OpenProps = {}) {
  const [onDownload, onClose] = [vi.fn(), vi.fn()];
  return {
    ...show(<Open {...props} onDownload={onDownload} onClose={onClose} />, new FakeClient()),
    onDownload,
    onClose,
  };
}

const said = () => within(screen.getByRole('dialog')).getByRole('status').textContent;
const photo = () => screen.getByRole('img');
const stage = () => photo().parentElement?.parentElement as HTMLElement;
const scale = () => photo().parentElement?.style.transform.match(/scale\((.*)\)/)?.[1];

function finger(type: string, x: number, y: number, pointerId = 1) {
  const event = { pointerId, pointerType: 'touch', clientX: x, clientY: y, button: 0 };
  act(() => void fireEvent(stage(), new PointerEvent(type, { bubbles: true, ...event })));
}

describe('the viewer', () => {
  beforeEach(() => {
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(400);
    vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(300);
    return () => vi.restoreAllMocks();
  });

  it('shows a photo with its words, and who sent it', () => {
    open();
    expect(screen.getByRole('dialog', { name: 'Photos and videos from Mara Ortiz' })).toBeTruthy();
    expect(photo().getAttribute('alt')).toBe('The lake at noon');
    expect(screen.getByText('At last')).toBeTruthy();
    expect(screen.getByText('Mara Ortiz')).toBeTruthy();
    expect(said()).toContain('1 of 3. The lake at noon');
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Close' }));
  });

  it('winds by keys and buttons, and no further than there are', async () => {
    const { user } = open();
    await user.keyboard('{ArrowLeft}');
    expect(said()).toContain('1 of 3');
    await user.keyboard('{ArrowRight}');
    expect(said()).toContain('2 of 3. Photo from Mara Ortiz');
    const next = screen.getByRole('button', { name: 'Next' });
    await user.click(next);
    await user.click(next);
    expect(said()).toContain('3 of 3. Video from Mara Ortiz');
    expect(next.getAttribute('aria-disabled')).toBe('true');
    expect(document.activeElement).toBe(next);
    await user.keyboard('{Home}');
    expect(said()).toContain('1 of 3');
  });

  it('winds the other way where one writes from the right', async () => {
    chooseLocale('ar');
    const { user } = open();
    const first = said();
    await user.keyboard('{ArrowLeft}');
    expect(said()).not.toBe(first);
    await user.keyboard('{ArrowRight}');
    expect(said()).toBe(first);
  });

  it('enlarges by button and keys, and moves what is enlarged', async () => {
    const { user } = open();
    await user.click(screen.getByRole('button', { name: 'Enlarge' }));
    expect(scale()).toBe('2.5');
    expect(said()).toContain('Arrow keys move the enlarged photo');
    await user.keyboard('{ArrowRight}');
    expect(said()).toContain('1 of 3');
    expect(photo().parentElement?.style.transform).toContain('translate(-80px, 0px)');
    await user.keyboard('0');
    expect(scale()).toBe('1');
    await user.keyboard('+');
    expect(scale()).toBe('1.4');
    await user.click(screen.getByRole('button', { name: 'Show whole' }));
    expect(scale()).toBe('1');
  });

  it('shows the next one whole', async () => {
    const { user } = open();
    await user.keyboard('+{PageDown}');
    expect(said()).toContain('2 of 3');
    expect(scale()).toBe('1');
  });

  it('enlarges by the wheel, not the page', () => {
    open();
    const event = new WheelEvent('wheel', { deltaY: -200, bubbles: true, cancelable: true });
    act(() => void stage().dispatchEvent(event));
    expect(Number(scale())).toBeGreaterThan(1.2);
    expect(event.defaultPrevented).toBe(true);
  });

  it('winds by a swipe and closes by a pull down', () => {
    const { onClose } = open();
    finger('pointerdown', 300, 100);
    finger('pointermove', 200, 110);
    finger('pointerup', 200, 110);
    expect(said()).toContain('2 of 3');
    finger('pointerdown', 200, 100);
    finger('pointermove', 205, 260);
    finger('pointerup', 205, 260);
    expect(onClose).toHaveBeenCalledOnce();
  });

  it('enlarges by two fingers and by a double tap', () => {
    open();
    finger('pointerdown', 150, 100, 1);
    finger('pointerdown', 250, 100, 2);
    finger('pointermove', 300, 100, 2);
    expect(scale()).toBe('1.5');
    finger('pointerup', 150, 100, 1);
    finger('pointerup', 300, 100, 2);
    expect(said()).toContain('1 of 3');
    for (let tap = 0; tap < 2; tap++) {
      finger('pointerdown', 200, 150);
      finger('pointerup', 200, 150);
    }
    expect(scale()).toBe('1');
  });

  it('shows it from afar until it is read', () => {
    open({ address: undefined });
    expect(screen.queryByRole('img')).toBeNull();
    expect(document.querySelector('img')?.getAttribute('src')).toBe('data:afar');
    expect(screen.queryByRole('button', { name: 'Enlarge' })).toBeNull();
  });

  it('tells how much has come', () => {
    const coming = { ...LAKE, state: { state: 'fetching', done: 250 } as const };
    open({ attachments: [coming], address: undefined });
    expect(screen.getByRole('progressbar', { name: 'Loading' }).getAttribute('aria-valuenow')).toBe('25');
    expect(screen.queryByRole('button', { name: 'Next' })).toBeNull();
  });

  it('says when it cannot be had, and when it is gone', () => {
    open({ address: null });
    expect(screen.getByRole('alert').textContent).toContain('cannot be loaded now');
  });

  it('offers nothing of what is gone', () => {
    open({ attachments: [{ ...LAKE, state: { state: 'gone' } }], address: null });
    expect(screen.getByRole('alert').textContent).toBe('This is no longer available.');
    expect(screen.queryByRole('button', { name: 'Download' })).toBeNull();
  });

  it('plays a video, and says when the browser cannot', async () => {
    const { user, onDownload } = open({ first: 2 });
    const video = screen.getByLabelText('Video from Mara Ortiz');
    expect(video.getAttribute('poster')).toBe('data:afar');
    fireEvent.error(video);
    expect(screen.getByRole('alert').textContent).toContain('Download it to see it');
    await user.click(screen.getByRole('button', { name: 'Download' }));
    expect(onDownload).toHaveBeenCalledWith(FILM);
  });

  it('keeps its keys from the message that it was opened from', async () => {
    const onKeyDown = vi.fn();
    const { user } = show(
      // biome-ignore lint/a11y/noStaticElementInteractions: stands for a message
      <div onKeyDown={onKeyDown}>
        <Open />
      </div>,
      new FakeClient(),
    );
    await user.keyboard('{ArrowUp}{Enter}');
    expect(onKeyDown).not.toHaveBeenCalled();
  });

  it('closes by its button', async () => {
    const { user, onClose } = open();
    await user.click(screen.getByRole('button', { name: 'Close' }));
    expect(onClose).toHaveBeenCalledOnce();
  });
});
