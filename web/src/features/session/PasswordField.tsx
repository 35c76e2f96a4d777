/** A new password, with how good it is told while it is typed. */
import { useEffect, useState } from 'react';
import { useT } from '../../i18n';
import { useCommand } from '../../sdk/store';
import type { PasswordStrength } from '../../sdk/types';
import { TextField } from '../../ui/TextField';

/** Pause in typing after which the password is judged, in milliseconds. */
const PAUSE = 120;

const SCORE_COLOURS = ['bg-danger', 'bg-danger', 'bg-unread', 'bg-accent', 'bg-accent'];

interface PasswordFieldProps {
  label: string;
  value: string;
  onChange: (password: string) => void;
  /** What is easily guessed from, one text a line: the person's own names. */
  context: string;
  onJudged: (accepted: boolean) => void;
}

export function PasswordField({ label, value, onChange, context, onJudged }: PasswordFieldProps) {
  const t = useT();
  const run = useCommand();
  const [strength, setStrength] = useState<PasswordStrength>();

  useEffect(() => {
    if (!value) {
      setStrength(undefined);
      onJudged(false);
      return;
    }
    let current = true;
    const timer = setTimeout(async () => {
      const names = context.split('\n').filter(Boolean);
      const outcome = await run({ command: 'check_password', password: value, context: names });
      if (!current || !outcome.ok || outcome.answer.answer !== 'password') return;
      setStrength(outcome.answer);
      onJudged(outcome.answer.accepted);
    }, PAUSE);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [value, context, run, onJudged]);

  return (
    <div className="flex flex-col gap-2">
      <TextField
        label={label}
        type="password"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        autoComplete="new-password"
        required
      />
      <div className="flex gap-1" aria-hidden>
        {[1, 2, 3, 4].map((step) => (
          <span
            key={step}
            className={`h-1 flex-1 rounded-full transition-colors ${
              strength && strength.score >= step ? SCORE_COLOURS[strength.score] : 'bg-badge'
            }`}
          />
        ))}
      </div>
      <p role="status" className="min-h-[1.125rem] text-ink-2 text-meta">
        {strength ? verdict(strength) : t('password.advice')}
      </p>
    </div>
  );

  function verdict({ accepted, score, hint }: PasswordStrength): string {
    if (accepted) return t(score >= 4 ? 'password.very_good' : 'password.good');
    return t(`password.hint.${hint ?? 'add_words'}`);
  }
}
