/**
 * Build steps that need the finished list of assets: the service worker gets the list of what to keep for an
 * offline start, and every text asset and the wasm module get a brotli twin that the server can hand out as it is.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Plugin } from 'vite';

const COMPRESSIBLE = /\.(js|css|html|svg|wasm|webmanifest)$/;
/** Scripts other than Latin are fetched, and kept, when a page first needs them. */
const LATER = /-(cyrillic|greek|vietnamese)[^/]*\.woff2$|\.br$|^service-worker\.js$/;

function files(folder: string, prefix = ''): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? files(join(folder, entry.name), `${prefix}${entry.name}/`)
      : [`${prefix}${entry.name}`],
  );
}

export function serviceWorker(): Plugin {
  let outDir = 'dist';
  return {
    name: 'sealpost-service-worker',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir;
    },
    closeBundle() {
      const kept = files(outDir)
        .filter((file) => !LATER.test(file))
        .sort();
      const version = createHash('sha256');
      for (const file of kept) version.update(file).update(readFileSync(join(outDir, file)));
      const paths = kept.map((file) => (file === 'index.html' ? '/' : `/${file}`));
      const source = readFileSync('src/sdk/service-worker.js', 'utf8')
        .replace('__VERSION__', version.digest('hex').slice(0, 16))
        .replace("['__PRECACHE__']", JSON.stringify(paths));
      writeFileSync(join(outDir, 'service-worker.js'), source);
      compress(outDir);
    },
  };
}

function compress(folder: string): void {
  for (const file of files(folder).filter((name) => COMPRESSIBLE.test(name))) {
    const content = readFileSync(join(folder, file));
    const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } };
    writeFileSync(join(folder, `${file}.br`), brotliCompressSync(content, options));
  }
}
