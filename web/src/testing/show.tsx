/** Draws a view as the app would, with a client that shows what the test says. */
import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { Router } from 'wouter';
import { memoryLocation } from 'wouter/memory-location';
import { SnapshotStore, StoreContext } from '../sdk/store';
import { ToastProvider } from '../ui/Toast';
import type { FakeClient } from './fake-client';

export function show(view: ReactNode, client: FakeClient, path = '/') {
  const location = memoryLocation({ path, record: true });
  const store = new SnapshotStore(client);
  const whole = (shown: ReactNode) => (
    <I18nProvider i18n={i18n}>
      <Router hook={location.hook}>
        <StoreContext value={store}>
          <ToastProvider>{shown}</ToastProvider>
        </StoreContext>
      </Router>
    </I18nProvider>
  );
  const { rerender } = render(whole(view));
  return {
    user: userEvent.setup(),
    path: () => location.history.at(-1),
    /** Draws another view in its place. */
    again: (next: ReactNode) => rerender(whole(next)),
  };
}
