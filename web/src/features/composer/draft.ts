/** The unsent text of a conversation, kept by the client. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { useCommand, useSnapshot } from '../../sdk/store';

/** Pause in typing after which the draft is saved, in milliseconds. */
const PAUSE = 400;
/** An emptied one is saved sooner, but not before the message that was made of it is on its way. */
const PAUSE_EMPTY = 120;

export function useDraft(conversation: string): [string, (text: string) => void] {
  const run = useCommand();
  const [text, setText] = useState('');
  const unsaved = useRef<string>(undefined);
  /** Counts what is typed. */
  const typed = useRef(0);
  const list = useSnapshot({ type: 'conversations' });
  // The list tells when another device typed on, or sent it.
  const listed = list?.rows.find((row) => row.conversation === conversation)?.draft;

  const save = useCallback(() => {
    const draft = unsaved.current;
    if (draft === undefined) return;
    unsaved.current = undefined;
    void run({ command: 'save_draft', conversation, text: draft });
  }, [conversation, run]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: reads again when the list tells of another
  useEffect(() => {
    if (unsaved.current !== undefined) return;
    let current = true;
    const asked = typed.current;
    void run({ command: 'read_draft', conversation }).then((outcome) => {
      const read = outcome.ok && outcome.answer.answer === 'draft' ? outcome.answer.text : '';
      // Whoever was quicker to type than the draft to come keeps what was typed.
      if (current && typed.current === asked) setText(read);
    });
    return () => {
      current = false;
    };
  }, [conversation, run, listed]);

  useEffect(() => save, [save]);

  useEffect(() => {
    if (unsaved.current !== text) return;
    const timer = setTimeout(save, text ? PAUSE : PAUSE_EMPTY);
    return () => clearTimeout(timer);
  }, [text, save]);

  const change = useCallback((typing: string) => {
    typed.current += 1;
    unsaved.current = typing;
    setText(typing);
  }, []);
  return [text, change];
}
