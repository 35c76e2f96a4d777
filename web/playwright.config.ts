import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'e2e',
  outputDir: '../artifacts/playwright',
  timeout: 120_000,
  expect: { timeout: 20_000 },
  // Most of the time people wait for each other.
  workers: 2,
  fullyParallel: false,
  // Tracing takes a quarter of the processor's time. By hand: --trace=retain-on-failure.
  use: { actionTimeout: 20_000, screenshot: 'only-on-failure' },
  projects: [
    { name: 'stories', grepInvert: /, measured$/ },
    // What is measured has the machine to itself. By hand: --no-deps.
    { name: 'measured', grep: /, measured$/, dependencies: ['stories'] },
  ],
});
