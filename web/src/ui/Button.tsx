import type { ButtonHTMLAttributes, ReactNode } from 'react';

type Look = 'primary' | 'quiet' | 'danger' | 'outline';

const LOOKS: Record<Look, string> = {
  primary: 'bg-accent text-accent-ink hover:bg-accent-strong',
  quiet: 'text-accent hover:bg-accent-soft',
  danger: 'bg-danger text-danger-ink hover:opacity-90',
  outline: 'border border-line bg-raised text-ink hover:bg-hover',
};

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  /** Something is under way: the button keeps its size and cannot be pressed again. */
  busy?: boolean;
  icon?: ReactNode;
}

export function Button({
  look = 'primary',
  busy = false,
  icon,
  className = '',
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      aria-busy={busy}
      data-autofocus={rest.autoFocus || undefined}
      {...rest}
      // Not disabled while busy: that would take the focus away.
      aria-disabled={busy || undefined}
      onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
      className={`inline-flex min-h-11 items-center justify-center gap-2 rounded-control px-4 py-2 text-body font-medium transition-colors disabled:opacity-55 aria-disabled:opacity-55 ${busy ? 'animate-breathe' : ''} ${LOOKS[look]} ${className}`}
    >
      {icon}
      {children}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What it does, for everyone: also the tooltip. */
  label: string;
  look?: 'plain' | 'accent';
}

export function IconButton({ label, look = 'plain', className = '', children, ...rest }: IconButtonProps) {
  const colours =
    look === 'accent'
      ? 'bg-accent text-accent-ink hover:bg-accent-strong'
      : 'text-ink-2 hover:bg-hover hover:text-ink';
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`inline-flex size-9 shrink-0 items-center justify-center rounded-control transition-colors disabled:opacity-50 ${colours} ${className}`}
    >
      {children}
    </button>
  );
}
