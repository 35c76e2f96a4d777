/** Stands in for a part of the app that broke, so that the rest goes on. */
import { TriangleAlert } from 'lucide-react';
import { Component, type ReactNode } from 'react';
import { useT } from '../i18n';
import { Button } from './Button';

interface ErrorBoundaryProps {
  children: ReactNode;
}

export class ErrorBoundary extends Component<ErrorBoundaryProps, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const t = useT();
  return (
    <div
      role="alert"
      className="m-auto flex h-full max-w-80 flex-col items-center justify-center px-6 text-center"
    >
      <TriangleAlert size={28} strokeWidth={1.6} aria-hidden className="mb-3 text-unread" />
      <h2 className="font-semibold">{t('broken.title')}</h2>
      <p className="mt-1 mb-4 text-ink-2 text-meta">{t('broken.text')}</p>
      <Button onClick={() => location.reload()}>{t('connection.reload')}</Button>
    </div>
  );
}
