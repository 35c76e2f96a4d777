/** Short messages that float for a few seconds, said politely to screen readers. */
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';

/** How long one stays, in milliseconds. */
const STAYS = 5_000;

const ToastContext = createContext<(text: string) => void>(() => {});

export function useToast(): (text: string) => void {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<{ id: number; text: string }[]>([]);
  const last = useRef(0);
  const show = useCallback((text: string) => {
    const id = ++last.current;
    setToasts((shown) => [...shown.slice(-2), { id, text }]);
    setTimeout(() => setToasts((shown) => shown.filter((toast) => toast.id !== id)), STAYS);
  }, []);
  return (
    <ToastContext value={show}>
      {children}
      <div
        role="status"
        className="pointer-events-none fixed inset-x-4 bottom-24 z-50 flex flex-col items-center gap-2"
      >
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
