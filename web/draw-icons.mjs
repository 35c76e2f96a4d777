/**
 * Draws the app's icons as PNG from the shapes below, for browsers and home screens that take no SVG. Run it after a
 * change of the shapes: `node draw-icons.mjs`. The drawn files are kept in public/.
 */
import { writeFileSync } from 'node:fs';
import { chromium } from '@playwright/test';

const GROUND = '#1f6f5c';
const ENVELOPE = `
  <path d="M14 22.5 32 36l18-13.5V44a4 4 0 0 1-4 4H18a4 4 0 0 1-4-4Z" fill="#f7fbfa" opacity=".92" />
  <path d="M17 16h30a3 3 0 0 1 1.8 5.4L32 34 15.2 21.4A3 3 0 0 1 17 16Z" fill="#bfe0d6" />
  <circle cx="32" cy="31" r="6.5" fill="${GROUND}" />
  <circle cx="32" cy="31" r="3.2" fill="#f7fbfa" />`;

/** A tile with round corners; one without, whose edge may be cut off, has the envelope in its safe middle. */
function icon({ round, scale }) {
  const move = (64 - 64 * scale) / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><title>Sealpost</title>
  <rect width="64" height="64" rx="${round ? 16 : 0}" fill="${GROUND}" />
  <g transform="translate(${move} ${move}) scale(${scale})">${ENVELOPE}</g>
</svg>\n`;
}

const TILE = icon({ round: true, scale: 1 });
const FULL = icon({ round: false, scale: 0.82 });

const FILES = [
  ['icon-192.png', 192, TILE],
  ['icon-512.png', 512, TILE],
  ['icon-maskable-192.png', 192, FULL],
  ['icon-maskable-512.png', 512, FULL],
  ['apple-touch-icon.png', 180, FULL],
];

writeFileSync('public/icon-maskable.svg', FULL);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox'],
});
for (const [name, side, svg] of FILES) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  const address = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  await page.setContent(
    `<style>*{margin:0;display:block}</style><img width="${side}" height="${side}" src="${address}">`,
  );
  await page.screenshot({ path: `public/${name}`, omitBackground: true });
  await page.close();
}
await browser.close();
