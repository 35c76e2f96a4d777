/** Asks a question with answers to choose from. */
import { Plus, X } from 'lucide-react';
import { type FormEvent, useId, useRef, useState } from 'react';
import { useT } from '../../i18n';
import { count } from '../../i18n/dates';
import { failureText } from '../../i18n/failure';
import { newId } from '../../sdk/client';
import { useCommand } from '../../sdk/store';
import type { Failure } from '../../sdk/types';
import { Button, IconButton } from '../../ui/Button';
import { Callout } from '../../ui/Callout';
import { Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/TextField';

/** At least and at most this many answers. */
const FEWEST = 2;
const MOST = 12;

interface Answer {
  id: number;
  text: string;
}

export function PollDialog({ conversation, onClose }: { conversation: string; onClose: () => void }) {
  const t = useT();
  const run = useCommand();
  const form = useId();
  // One id, so that trying again after a failure does not ask twice.
  const [id] = useState(newId);
  const [question, setQuestion] = useState('');
  const [answers, setAnswers] = useState<Answer[]>([
    { id: 0, text: '' },
    { id: 1, text: '' },
  ]);
  const [multiple, setMultiple] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const options = answers.map(({ text }) => text.trim()).filter(Boolean);
  const ready = question.trim() !== '' && options.length >= FEWEST;

  async function send(event: FormEvent) {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    const poll = { conversation, id, question: question.trim(), options, multiple };
    const outcome = await run({ command: 'send_poll', ...poll });
    setBusy(false);
    if (outcome.ok) onClose();
    else setFailure(outcome.failure);
  }

  return (
    <Dialog
      title={t('poll.new')}
      onClose={onClose}
      actions={
        <Button type="submit" form={form} busy={busy} disabled={!ready}>
          {t('poll.send')}
        </Button>
      }
    >
      <form id={form} onSubmit={send} className="flex flex-col gap-4">
        {failure && <Callout kind="error">{failureText(failure)}</Callout>}
        <TextField
          label={t('poll.question')}
          value={question}
          onChange={(event) => setQuestion(event.target.value)}
          maxLength={300}
          dir="auto"
          autoComplete="off"
          autoFocus
        />
        <Answers answers={answers} onChange={setAnswers} />
        <label className="flex items-center gap-3 py-1">
          <input
            type="checkbox"
            checked={multiple}
            onChange={(event) => setMultiple(event.target.checked)}
            className="size-4.5 accent-accent"
          />
          {t('poll.allow_several')}
        </label>
      </form>
    </Dialog>
  );
}

function Answers({ answers, onChange }: { answers: Answer[]; onChange: (answers: Answer[]) => void }) {
  const t = useT();
  const next = useRef(FEWEST);
  const added = useRef<number>(undefined);

  function add() {
    added.current = next.current++;
    onChange([...answers, { id: added.current, text: '' }]);
  }

  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="pb-1.5 font-medium text-meta">{t('poll.answers')}</legend>
      {answers.map(({ id, text }, index) => (
        <div key={id} className="flex items-center gap-1">
          <input
            aria-label={t('poll.answer', { number: count(index + 1) })}
            placeholder={t('poll.answer', { number: count(index + 1) })}
            value={text}
            onChange={(event) =>
              onChange(
                answers.map((answer) => (answer.id === id ? { id, text: event.target.value } : answer)),
              )
            }
            maxLength={200}
            dir="auto"
            autoComplete="off"
            autoFocus={id === added.current}
            className="h-11 min-w-0 flex-1 rounded-control border border-line-strong/60 bg-raised px-3.5 placeholder:text-ink-3 hover:border-line-strong focus-visible:outline-offset-0"
          />
          {answers.length > FEWEST && (
            <IconButton
              label={t('poll.remove_answer', { number: count(index + 1) })}
              onClick={() => onChange(answers.filter((answer) => answer.id !== id))}
            >
              <X size={18} aria-hidden />
            </IconButton>
          )}
        </div>
      ))}
      {answers.length < MOST && (
        <Button look="quiet" icon={<Plus size={18} aria-hidden />} onClick={add} className="self-start">
          {t('poll.add_answer')}
        </Button>
      )}
    </fieldset>
  );
}
