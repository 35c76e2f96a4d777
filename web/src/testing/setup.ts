import { cleanup } from '@testing-library/react';
import { afterAll, afterEach, beforeEach } from 'vitest';
import { chooseLocale } from '../i18n';
import { keepFocus } from '../ui/focus';

afterAll(keepFocus());

beforeEach(() => chooseLocale('en'));
afterEach(() => {
  cleanup();
  localStorage.clear();
});
