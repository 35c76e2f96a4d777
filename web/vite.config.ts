import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { emoji } from './emoji-plugin.ts';
import { serviceWorker } from './service-worker-plugin.ts';

export default defineConfig({
  plugins: [react(), tailwindcss(), emoji(), serviceWorker()],
  worker: { format: 'es' },
  build: {
    // Everything stays a file of its own: the content security policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ['chrome123', 'firefox128', 'safari17.5'],
  },
  server: { proxy: { '/v1': { target: 'http://127.0.0.1:8080', ws: true } } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
  },
});
