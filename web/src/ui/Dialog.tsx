/** A modal dialog with a heading, content that scrolls and buttons below it. */
import { ArrowLeft, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { useT } from '../i18n';
import { IconButton } from './Button';
import { Modal, useHeadingId } from './Modal';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons below the content. */
  actions?: ReactNode;
  /** Asks for a decision instead of showing something. */
  alert?: boolean;
}

export function Dialog({ alert = false, ...rest }: DialogProps) {
  return (
    <Modal onCancel={rest.onClose} alert={alert}>
      <DialogSheet {...rest} alert={alert} />
    </Modal>
  );
}

interface DialogSheetProps extends DialogProps {
  /** Leads to what was shown before. */
  onBack?: () => void;
}

/** What is in a modal frame; one frame may show several in turn. */
export function DialogSheet({ title, onClose, onBack, children, actions, alert = false }: DialogSheetProps) {
  const t = useT();
  const id = useHeadingId();
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    // In an open frame the focus was on what is no longer there.
    const frame = heading.current?.closest('dialog');
    if (frame?.open && !frame.contains(document.activeElement)) heading.current?.focus();
    if (frame?.open && document.activeElement === frame) heading.current?.focus();
  }, []);

  return (
    <div className="flex max-h-[inherit] flex-col">
      <header className={`flex items-center gap-2 pe-3 pt-4 pb-2 ${onBack ? 'ps-3' : 'ps-5'}`}>
        {onBack && (
          <IconButton label={t('dialog.back')} onClick={onBack}>
            <ArrowLeft size={20} aria-hidden className="rtl:rotate-180" />
          </IconButton>
        )}
        <h2
          ref={heading}
          id={id}
          tabIndex={-1}
          className="min-w-0 flex-1 text-title focus-visible:outline-none"
        >
          {title}
        </h2>
        {!alert && (
          <IconButton label={t('dialog.close')} onClick={onClose}>
            <X size={20} aria-hidden />
          </IconButton>
        )}
      </header>
      <div className="relative min-h-0 flex-1 overflow-y-auto px-5 pt-1 pb-5">{children}</div>
      {actions && (
        <footer className="flex flex-wrap justify-end gap-2 border-line border-t px-5 py-3">{actions}</footer>
      )}
    </div>
  );
}
