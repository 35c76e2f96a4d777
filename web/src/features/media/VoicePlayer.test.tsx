import { act, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { chooseLocale } from '../../i18n';
import { attachment } from '../../testing/attachment';
import { FakeClient } from '../../testing/fake-client';
import { FakeSound } from '../../testing/fake-sound';
import { show } from '../../testing/show';
import { player } from './playing';
import { VoicePlayer } from './VoicePlayer';

const NOTE = attachment({ blob: 'note', kind: 'voice', duration: 23_400, waveform: [10, 80, 40] });

function note(more: Partial<Parameters<typeof VoicePlayer>[0]> = {}) {
  return (
    <VoicePlayer
      attachment={NOTE}
      address="blob:note"
      onAsk={() => {}}
      sender="Jonas"
      own={false}
      {...more}
    />
  );
}

describe('the voice player', () => {
  beforeAll(() => vi.stubGlobal('Audio', FakeSound));
  afterEach(() => {
    for (const id of ['note', 'other']) player.forget(id);
    if (FakeSound.last) FakeSound.last.refusal = undefined;
  });

  it('tells who speaks and how long', () => {
    show(note(), new FakeClient());
    const group = screen.getByRole('group', { name: 'Voice message from Jonas' });
    expect(within(group).getByText('0:23')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Speed/ })).toBeNull();
  });

  it('asks for the address only when it is to be played', async () => {
    const onAsk = vi.fn();
    const { user, again } = show(note({ address: undefined, onAsk }), new FakeClient());
    expect(onAsk).not.toHaveBeenCalled();
    await user.click(screen.getByRole('button', { name: 'Play' }));
    expect(onAsk).toHaveBeenCalledOnce();
    expect(screen.getByRole('button', { name: 'Play' }).getAttribute('aria-busy')).toBe('true');
    again(note());
    expect(screen.getByRole('button', { name: 'Pause' })).toBeTruthy();
    expect(FakeSound.last?.src).toBe('blob:note');
  });

  it('goes to another place by arrow keys and by pulling', async () => {
    const { user } = show(note(), new FakeClient());
    const slider = screen.getByRole('slider', { name: 'Position' });
    slider.focus();
    await user.keyboard('{ArrowRight}{ArrowRight}{ArrowLeft}');
    expect(slider.getAttribute('aria-valuetext')).toBe('2 seconds of 23 seconds');
    fireEvent.change(slider, { target: { value: '10000' } });
    expect(screen.getByText('0:10')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Play' }));
    expect(FakeSound.last?.currentTime).toBe(10);
  });

  it('changes its speed while it plays', async () => {
    const { user } = show(note(), new FakeClient());
    await user.click(screen.getByRole('button', { name: 'Play' }));
    await user.click(screen.getByRole('button', { name: 'Speed 1×. Change' }));
    expect(FakeSound.last?.playbackRate).toBe(1.5);
    await user.click(screen.getByRole('button', { name: 'Speed 1.5×. Change' }));
    await user.click(screen.getByRole('button', { name: 'Speed 2×. Change' }));
  });

  it('is followed by the next voice message', async () => {
    const other = { ...NOTE, blob: 'other' };
    const { user } = show(
      <div role="log">
        {note({ next: () => 'other' })}
        {note({ attachment: other, address: 'blob:other', sender: 'Mara' })}
      </div>,
      new FakeClient(),
    );
    await user.click(screen.getAllByRole('button', { name: 'Play' })[0] as HTMLElement);
    act(() => FakeSound.last?.end());
    const second = screen.getByRole('group', { name: 'Voice message from Mara' });
    expect(within(second).getByRole('button', { name: 'Pause' })).toBeTruthy();
    expect(FakeSound.last?.src).toBe('blob:other');
  });

  it('says when it cannot be had, and when it is gone', async () => {
    const { user, again } = show(note({ address: null }), new FakeClient());
    await user.click(screen.getByRole('button', { name: 'Play' }));
    expect(screen.getByText('It cannot be played now. Try again.').getAttribute('role')).toBe('status');
    again(note({ attachment: { ...NOTE, state: { state: 'gone' } } }));
    expect(screen.getByText('No longer available')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Play' }).hasAttribute('disabled')).toBe(true);
  });

  it('runs from the left where one writes from the right', () => {
    chooseLocale('ar');
    show(note(), new FakeClient());
    expect(screen.getByRole('slider').closest('[dir]')?.getAttribute('dir')).toBe('ltr');
  });
});
