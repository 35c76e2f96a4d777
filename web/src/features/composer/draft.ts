/** The unsent text of a conversation, kept by the client. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { useCommand } from '../../sdk/store';

/** Pause in typing after which the draft is saved, in milliseconds. */
const PAUSE = 400;
/** An emptied one is saved sooner, but not before the message that was made of it is on its way. */
const PAUSE_EMPTY = 120;

export function useDraft(conversation: string): [string, (text: string) => void] {
  const run = useCommand();
  const [text, setText] = useState('');
  const unsaved = useRef<string>(undefined);

  const save = useCallback(() => {
    const draft = unsaved.current;
    if (draft === undefined) return;
    unsaved.current = undefined;
    void run({ command: 'save_draft', conversation, text: draft });
  }, [conversation, run]);

  useEffect(() => {
    let current = true;
    setText('');
    void run({ command: 'read_draft', conversation }).then((outcome) => {
      const read = outcome.ok && outcome.answer.answer === 'draft' ? outcome.answer.text : '';
      // Whoever was quicker to type than the draft to come keeps what was typed.
      if (current && unsaved.current === undefined) setText((typed) => typed || read);
    });
    return () => {
      current = false;
      save();
    };
  }, [conversation, run, save]);

  useEffect(() => {
    if (unsaved.current !== text) return;
    const timer = setTimeout(save, text ? PAUSE : PAUSE_EMPTY);
    return () => clearTimeout(timer);
  }, [text, save]);

  const change = useCallback((typed: string) => {
    unsaved.current = typed;
    setText(typed);
  }, []);
  return [text, change];
}
