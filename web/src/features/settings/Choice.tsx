import { useId } from 'react';

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: [T, string][];
  onChange: (value: T) => void;
  /** The options are below the name, where several stand above each other. */
  stacked?: boolean;
}

/** One of a few, side by side. */
export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
  stacked = false,
}: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset
      className={`flex gap-x-4 gap-y-2 ${stacked ? 'flex-col items-start' : 'flex-wrap items-center justify-between'}`}
    >
      <legend className="float-start font-medium">{label}</legend>
      <div className="flex max-w-full flex-wrap rounded-control bg-background p-1">
        {options.map(([option, text]) => (
          <label
            key={option}
            className="relative cursor-pointer rounded-[9px] px-3 py-1.5 text-ink-2 text-meta transition-colors has-checked:bg-raised has-focus-visible:outline-2 has-focus-visible:outline-accent has-checked:font-semibold has-checked:text-ink has-checked:shadow-row"
          >
            <input
              type="radio"
              name={name}
              checked={option === value}
              onChange={() => onChange(option)}
              className="sr-only"
            />
            {text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
