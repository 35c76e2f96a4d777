/** What the composer does with files and voice. */
import { useCallback, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { asFailure, newId } from '../../sdk/client';
import { type Outcome, useClient, useCommand } from '../../sdk/store';
import { useToast } from '../../ui/Toast';
import { aboutVoice } from './prepare';
import type { RecordedVoice } from './recorder';
import { FILES_MAX, useTray } from './tray';

interface Message {
  conversation: string;
  id: string;
  text: string;
  reply_to: string | null;
}

export function useMediaComposer(conversation: string) {
  const t = useT();
  const client = useClient();
  const run = useCommand();
  const toast = useToast();
  const tray = useTray(conversation);
  const [recording, record] = useState(false);
  const latest = useRef(tray);
  latest.current = tray;

  const add = useCallback(
    (files: File[], original = false) => {
      const { chosen, add } = latest.current;
      if (files.length + chosen.length > FILES_MAX) toast(t('media.too_many'));
      void add(files, original);
    },
    [t, toast],
  );

  /** Sends what was chosen with a text. What could not be staged stays. */
  async function send(message: Message): Promise<Outcome> {
    const ready = tray.chosen.filter(({ state, about }) => state === 'ready' && about);
    const files = ready.flatMap(({ blob, about }) => (about ? { ...about, blob } : []));
    const outcome = await run({ command: 'send_files', ...message, files });
    if (outcome.ok) tray.sent(ready);
    return outcome;
  }

  async function sendVoice(voice: RecordedVoice, reply_to: string | null) {
    record(false);
    try {
      const blob = newId();
      await client.media.stage(blob, voice.file);
      const files = [{ ...aboutVoice(voice), blob }];
      await client.command({ command: 'send_files', conversation, id: newId(), text: '', reply_to, files });
    } catch (error) {
      toast(failureText(asFailure(error)));
      // What was said is not lost: it stays to be sent as sound.
      add([voice.file]);
    }
  }

  return {
    tray,
    add,
    send,
    /** Everything that was chosen can be sent. */
    isReady: tray.chosen.every(({ state }) => state === 'ready'),
    recording,
    record,
    sendVoice,
  };
}
