import './ui/styles.css';
import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { BlockedPage, blocked } from './app/BlockedPage';
import { applyTheme } from './app/theme';
import { takeBackNotifications } from './features/notifications/shown';
import { activateLocale } from './i18n';
import { startClient } from './sdk/start';
import { SnapshotStore, StoreContext } from './sdk/store';
import { ErrorBoundary } from './ui/ErrorBoundary';
import { keepFocus } from './ui/focus';
import { ToastProvider } from './ui/Toast';

applyTheme();
activateLocale();
keepFocus();

const root = createRoot(document.getElementById('root') as HTMLElement);

function show(content: React.ReactNode) {
  root.render(
    <StrictMode>
      <I18nProvider i18n={i18n}>
        <ErrorBoundary>{content}</ErrorBoundary>
      </I18nProvider>
    </StrictMode>,
  );
}

const reason = blocked();
if (reason) {
  show(<BlockedPage reason={reason} />);
} else {
  const client = startClient({
    failed: (detail) => show(<BlockedPage reason="client" detail={detail} />),
    leave() {
      takeBackNotifications();
      root.unmount();
    },
  });
  show(
    <StoreContext value={new SnapshotStore(client)}>
      <ToastProvider>
        <App />
      </ToastProvider>
    </StoreContext>,
  );
}
