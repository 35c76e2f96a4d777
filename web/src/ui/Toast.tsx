/** Short messages that float for a few seconds, said politely to screen readers. */
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';

/** How long one stays, in milliseconds. */
const STAYS = 5_000;

const ToastContext = createContext<(text: string) => void>(() => {});

export function useToast(): (text: string) => void {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<{ id: number; text: string }[]>([]);
  const last = useRef(0);
  const layer = useRef<HTMLDivElement>(null);
  const newest = toasts.at(-1)?.id;
  const show = useCallback((text: string) => {
    const id = ++last.current;
    setToasts((shown) => [...shown.slice(-2), { id, text }]);
    setTimeout(() => setToasts((shown) => shown.filter((toast) => toast.id !== id)), STAYS);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new one has to be above what was opened meanwhile
  useLayoutEffect(() => {
    // What was put last into the top layer is above the dialogs that are there.
    layer.current?.hidePopover?.();
    layer.current?.showPopover?.();
  }, [newest]);

  return (
    <ToastContext value={show}>
      {children}
      <div ref={layer} popover="manual" role="status" className="toast-frame flex-col items-center gap-2">
        {toasts.map((toast) => (
          <p
            key={toast.id}
            className="animate-appear rounded-control bg-ink px-4 py-2.5 text-meta text-surface shadow-float"
          >
            {toast.text}
          </p>
        ))}
      </div>
    </ToastContext>
  );
}
