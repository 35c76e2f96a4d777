/** A modal frame on the browser's own dialog: it keeps focus inside, closes on Escape and gives focus back. */
import { createContext, type ReactNode, useContext, useId, useLayoutEffect, useRef, useState } from 'react';
import { OVERLAY, Overlay, OverlayHost } from './overlay';

const HeadingContext = createContext<string | undefined>(undefined);

/** Id that the heading of what is in the frame has to carry. */
export function useHeadingId(): string | undefined {
  return useContext(HeadingContext);
}

interface ModalProps {
  /** Escape, or a press beside the frame. */
  onCancel: () => void;
  children: ReactNode;
  /** Asks for a decision instead of showing something. */
  alert?: boolean;
  /** Names it where there is no heading. */
  label?: string;
  /** Where it stands and how wide it is, if not in the middle. */
  className?: string;
}

export function Modal({ onCancel, children, alert = false, label, className = 'w-[28rem]' }: ModalProps) {
  const heading = useId();
  const ref = useRef<HTMLDialogElement>(null);
  const [host, setHost] = useState<Element | null>(null);

  // Closed before it is taken out of the page: only then does the focus go back to where it was.
  useLayoutEffect(() => {
    const dialog = ref.current;
    setHost(dialog);
    if (dialog && !dialog.open) {
      dialog.showModal();
      // What asks for focus could not get it before the frame was shown.
      dialog.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    }
    return () => dialog?.close();
  }, []);

  return (
    <Overlay>
      {/* The backdrop belongs to the dialog element itself: a press that hits nothing inside closes it. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way, and the browser handles it */}
      <dialog
        {...OVERLAY}
        ref={ref}
        role={alert ? 'alertdialog' : undefined}
        aria-label={label}
        aria-labelledby={label ? undefined : heading}
        onCancel={(event) => {
          event.preventDefault();
          if (event.target === event.currentTarget) onCancel();
        }}
        onClick={(event) => event.target === event.currentTarget && onCancel()}
        className={`dialog-frame animate-appear overflow-hidden rounded-bubble border border-line bg-surface p-0 text-ink shadow-float ${className}`}
      >
        <OverlayHost value={host}>
          <HeadingContext value={heading}>{children}</HeadingContext>
        </OverlayHost>
      </dialog>
    </Overlay>
  );
}
