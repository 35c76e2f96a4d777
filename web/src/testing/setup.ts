import { cleanup } from '@testing-library/react';
import { afterEach, beforeEach } from 'vitest';
import { chooseLocale } from '../i18n';

beforeEach(() => chooseLocale('en'));
afterEach(() => {
  cleanup();
  localStorage.clear();
});
