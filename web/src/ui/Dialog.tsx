/** A modal dialog on the browser's own: it keeps focus inside, closes on Escape and gives focus back. */
import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useT } from '../i18n';
import { IconButton } from './Button';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons below the content. */
  actions?: ReactNode;
  /** Asks for a decision instead of showing something. */
  alert?: boolean;
}

export function Dialog({ title, onClose, children, actions, alert = false }: DialogProps) {
  const t = useT();
  const heading = useId();
  const ref = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);

  return (
    // The backdrop belongs to the dialog element itself: a press that hits nothing inside closes it.
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way, and the browser handles it
    <dialog
      ref={ref}
      role={alert ? 'alertdialog' : undefined}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === event.currentTarget && onClose()}
      className="dialog-frame w-[28rem] animate-appear overflow-hidden rounded-bubble border border-line bg-surface p-0 text-ink shadow-float"
    >
      <div className="flex max-h-[inherit] flex-col">
        <header className="flex items-center gap-3 ps-5 pe-3 pt-4 pb-2">
          <h2 id={heading} className="min-w-0 flex-1 text-title">
            {title}
          </h2>
          {!alert && (
            <IconButton label={t('dialog.close')} onClick={onClose}>
              <X size={20} aria-hidden />
            </IconButton>
          )}
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>
        {actions && (
          <footer className="flex flex-wrap justify-end gap-2 border-line border-t px-5 py-3">
            {actions}
          </footer>
        )}
      </div>
    </dialog>
  );
}
