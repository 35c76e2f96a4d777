/** Where messages are written. What is not sent stays as a draft of its conversation. */
import { ArrowUp } from 'lucide-react';
import { type KeyboardEvent, useLayoutEffect, useRef } from 'react';
import { useT } from '../../i18n';
import { failureText } from '../../i18n/failure';
import { newId } from '../../sdk/client';
import { useCommand } from '../../sdk/store';
import { useToast } from '../../ui/Toast';
import { useDraft } from './draft';

/** It grows to this height, then scrolls; in pixels. */
const TALLEST = 200;

export function Composer({ conversation, name }: { conversation: string; name: string }) {
  const t = useT();
  const run = useCommand();
  const toast = useToast();
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useDraft(conversation);
  const empty = text.trim() === '';

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    if (!field.current) return;
    field.current.style.height = 'auto';
    field.current.style.height = `${Math.min(field.current.scrollHeight, TALLEST)}px`;
  }, [text]);

  async function send() {
    if (empty) return;
    setText('');
    field.current?.focus();
    const outcome = await run({ command: 'send_text', conversation, id: newId(), text: text.trim() });
    if (outcome.ok) return;
    toast(failureText(outcome.failure));
    setText(text);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  }

  return (
    <form
      className="mx-auto w-full max-w-[47.5rem] px-2.5 pb-3 wide:px-0 wide:pb-4.5"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div className="flex items-end gap-2 rounded-composer border border-line bg-raised ps-4.5 pe-1.5 shadow-float focus-within:border-line-strong">
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          aria-label={t('composer.label', { name })}
          placeholder={t('composer.label', { name })}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          enterKeyHint="send"
          autoFocus={matchMedia('(min-width: 700px)').matches}
          className="min-h-12 flex-1 resize-none bg-transparent py-3 leading-[1.375rem] outline-none placeholder:text-ink-3"
        />
        <button
          type="submit"
          aria-label={t('composer.send')}
          title={t('composer.send')}
          disabled={empty}
          className="mb-1.5 inline-flex size-9 shrink-0 items-center justify-center rounded-full bg-accent text-accent-ink transition hover:bg-accent-strong disabled:bg-transparent disabled:text-ink-3"
        >
          <ArrowUp size={19} aria-hidden />
        </button>
      </div>
    </form>
  );
}
