import { Eye, EyeOff } from 'lucide-react';
import { type InputHTMLAttributes, type ReactNode, type Ref, useId, useState } from 'react';
import { useT } from '../i18n';

interface TextFieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id'> {
  label: string;
  /** What is expected, shown below until there is an error. */
  hint?: ReactNode;
  error?: string | undefined;
  inputRef?: Ref<HTMLInputElement>;
}

export function TextField({
  label,
  hint,
  error,
  type = 'text',
  inputRef,
  className = '',
  ...rest
}: TextFieldProps) {
  const t = useT();
  const id = useId();
  const [shown, setShown] = useState(false);
  const secret = type === 'password';
  const note = error ?? hint;
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-meta font-medium text-ink">
        {label}
      </label>
      <div className="relative">
        <input
          {...rest}
          data-autofocus={rest.autoFocus || undefined}
          ref={inputRef}
          id={id}
          type={secret && shown ? 'text' : type}
          aria-invalid={error ? true : undefined}
          aria-describedby={note ? `${id}-note` : undefined}
          className={`h-11 w-full rounded-control border bg-raised px-3.5 text-body text-ink placeholder:text-ink-3 transition-colors focus-visible:outline-offset-0 ${error ? 'border-danger' : 'border-line-strong/60 hover:border-line-strong'} ${secret ? 'pe-12' : ''} ${className}`}
        />
        {secret && (
          <button
            type="button"
            aria-label={t('field.show_password')}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
            className="absolute inset-y-1 end-1 flex w-10 items-center justify-center rounded-control text-ink-2 hover:text-ink"
          >
            {shown ? <EyeOff size={18} aria-hidden /> : <Eye size={18} aria-hidden />}
          </button>
        )}
      </div>
      {note && (
        <div id={`${id}-note`} className={`text-meta ${error ? 'text-danger' : 'text-ink-2'}`}>
          {note}
        </div>
      )}
    </div>
  );
}
