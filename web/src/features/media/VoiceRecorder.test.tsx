import { act, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeClient } from '../../testing/fake-client';
import { FakeRecorder, plugIn } from '../../testing/fake-microphone';
import { FakeSound } from '../../testing/fake-sound';
import { show } from '../../testing/show';
import { VoiceRecorder } from './VoiceRecorder';

const button = (name: string) => screen.getByRole('button', { name });

async function recorder(refusal?: Error) {
  const microphone = plugIn(refusal);
  const [onDone, onClose] = [vi.fn(), vi.fn()];
  const view = show(<VoiceRecorder onDone={onDone} onClose={onClose} />, new FakeClient());
  if (!refusal) await screen.findByText('Recording');
  return { ...view, ...microphone, onDone, onClose };
}

/** Speaks for more than a slip. */
const speak = () => waitFor(() => expect(screen.getByText('0:01')).toBeTruthy(), { timeout: 3000 });

describe('the voice recorder', () => {
  beforeEach(() => vi.stubGlobal('Audio', FakeSound));
  afterEach(() => vi.unstubAllGlobals());

  it('gives a file with its length and waveform', async () => {
    const { user, onDone, track } = await recorder();
    await speak();
    await user.click(button('Send voice message'));
    await waitFor(() => expect(onDone).toHaveBeenCalledOnce());
    const { file, duration, waveform } = onDone.mock.calls[0]?.[0] ?? {};
    expect(file).toBeInstanceOf(File);
    expect([file.name, file.type]).toEqual(['voice-message.webm', 'audio/webm']);
    expect(duration).toBe(2500);
    expect(waveform).toEqual(new Array(64).fill(100));
    expect(track.stop).toHaveBeenCalled();
  });

  it('sends nothing of a slip', async () => {
    const { user, onDone } = await recorder();
    await user.click(button('Send voice message'));
    expect(onDone).not.toHaveBeenCalled();
    expect(button('Send voice message').getAttribute('aria-disabled')).toBe('true');
  });

  it('pauses, is listened to and goes on', async () => {
    const { user } = await recorder();
    expect(document.activeElement).toBe(button('Pause recording'));
    await user.keyboard('{Enter}');
    expect(FakeRecorder.last?.state).toBe('paused');
    expect(screen.getByText('Recording paused').getAttribute('role')).toBe('status');
    await user.click(button('Play'));
    await screen.findByRole('button', { name: 'Pause' });
    await user.click(button('Go on recording'));
    expect(FakeRecorder.last?.state).toBe('recording');
    expect(FakeSound.last?.paused).toBe(true);
  });

  it('is only paused by Escape, which goes no further', async () => {
    const { user, onClose } = await recorder();
    const onKeyDown = vi.fn();
    document.addEventListener('keydown', onKeyDown);
    await user.keyboard('{Escape}');
    document.removeEventListener('keydown', onKeyDown);
    expect(FakeRecorder.last?.state).toBe('paused');
    expect(onClose).not.toHaveBeenCalled();
    expect(onKeyDown).not.toHaveBeenCalled();
  });

  it('lets go of the microphone when it is put away', async () => {
    const { user, again, onClose, track } = await recorder();
    await user.click(button('Discard recording'));
    expect(onClose).toHaveBeenCalledOnce();
    again(null);
    expect(track.stop).toHaveBeenCalled();
  });

  it('keeps what there is when the microphone is pulled out', async () => {
    const { user, onDone } = await recorder();
    await speak();
    act(() => FakeRecorder.last?.stop());
    expect(screen.getByText('The recording ended. You can still send it.')).toBeTruthy();
    await user.click(button('Send voice message'));
    await waitFor(() => expect(onDone).toHaveBeenCalledOnce());
  });

  it.each([
    ['NotAllowedError', /may not use the microphone/],
    ['NotFoundError', /No microphone was found/],
    ['NotReadableError', /another program may have it/],
  ])('says what to do about %s, and tries again', async (name, text) => {
    const { user, onClose } = await recorder(new DOMException('', name));
    expect((await screen.findByRole('alert')).textContent).toMatch(text);
    plugIn();
    await user.click(button('Try again'));
    await screen.findByText('Recording');
    expect(onClose).not.toHaveBeenCalled();
  });

  it('says so where nothing can be recorded', async () => {
    const { onClose, user } = await recorder(new TypeError('undefined is not a function'));
    expect((await screen.findByRole('alert')).textContent).toMatch(/cannot record/);
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
    await user.click(button('Close'));
    expect(onClose).toHaveBeenCalledOnce();
  });
});
