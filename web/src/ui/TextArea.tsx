/** A text of several lines that grows with what is in it. */
import { type TextareaHTMLAttributes, useId } from 'react';

interface TextAreaProps extends Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'id'> {
  label: string;
  hint?: string;
}

export function TextArea({ label, hint, ...rest }: TextAreaProps) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-ink text-meta">
        {label}
      </label>
      <textarea
        rows={3}
        {...rest}
        id={id}
        dir="auto"
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="field-sizing-content max-h-60 min-h-20 w-full resize-none rounded-control border border-line-strong/60 bg-raised px-3.5 py-2.5 text-body text-ink transition-colors placeholder:text-ink-3 hover:border-line-strong focus-visible:outline-offset-0"
      />
      {hint && (
        <p id={`${id}-hint`} className="text-ink-2 text-meta">
          {hint}
        </p>
      )}
    </div>
  );
}
