/** Something that is on or off, with what that means below its name. */
import { useId } from 'react';

interface SwitchProps {
  label: string;
  hint?: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

export function Switch({ label, hint, checked, disabled, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div className="flex items-start justify-between gap-4">
      <label htmlFor={id} className="min-w-0 flex-1 cursor-pointer">
        <span className="block font-medium">{label}</span>
        {hint && (
          <span id={`${id}-hint`} className="mt-0.5 block text-ink-2 text-meta">
            {hint}
          </span>
        )}
      </label>
      <button
        id={id}
        type="button"
        role="switch"
        aria-checked={checked}
        aria-label={label}
        aria-describedby={hint ? `${id}-hint` : undefined}
        disabled={disabled}
        onClick={() => onChange(!checked)}
        className={`relative mt-px h-6 w-10.5 shrink-0 rounded-full border transition-colors disabled:opacity-50 ${checked ? 'border-accent bg-accent' : 'border-line-strong bg-line-strong'}`}
      >
        <span
          aria-hidden
          className={`absolute inset-y-0 start-1 my-auto size-4 rounded-full transition-transform ${checked ? 'translate-x-4 bg-accent-ink rtl:-translate-x-4' : 'bg-knob'}`}
        />
      </button>
    </div>
  );
}
