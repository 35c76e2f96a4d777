import { defineConfig } from '@playwright/test';

/** Measurements, run by `cargo xtask measure`: they print figures and are no tests of right and wrong. */
export default defineConfig({
  testDir: 'measure',
  outputDir: '../artifacts/measure',
  timeout: 60 * 60_000,
  workers: 1,
  reporter: 'list',
});
