/** One of several, in the browser's own list. */
import { ChevronDown } from 'lucide-react';
import { useId } from 'react';

interface SelectFieldProps<T extends string> {
  label: string;
  value: T;
  options: [T, string][];
  onChange: (value: T) => void;
}

export function SelectField<T extends string>({ label, value, options, onChange }: SelectFieldProps<T>) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-ink text-meta">
        {label}
      </label>
      <span className="relative block">
        <select
          id={id}
          value={value}
          onChange={(event) => onChange(event.target.value as T)}
          className="h-11 w-full appearance-none rounded-control border border-line-strong/60 bg-raised ps-3.5 pe-9 text-body text-ink transition-colors hover:border-line-strong focus-visible:outline-offset-0"
        >
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
        <ChevronDown
          size={17}
          aria-hidden
          className="pointer-events-none absolute inset-y-0 end-3 my-auto text-ink-2"
        />
      </span>
    </div>
  );
}
