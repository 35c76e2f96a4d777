/** How the app behaves with 100,000 messages in 500 chats: start, opening a chat, searching, scrolling. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, type Page, test } from '@playwright/test';
import { arrive } from '../e2e/people';
import { Server } from '../e2e/server';

const CHATS = Number(process.env.SEALPOST_MEASURE_CHATS ?? 500);
const MESSAGES = Number(process.env.SEALPOST_MEASURE_MESSAGES ?? 200);
const STARTS = 5;
const OPENED = 20;
const QUERIES = ['bari', 'number 17', 'tone', 'wexpol', 'jun'];
const SCROLL_MS = 3000;

function figures(took: number[]): string {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)]?.toFixed(0);
  return `median ${at(0.5)} ms, least ${at(0)}, most ${at(1)} (${sorted.length})`;
}

async function fill(url: string, username: string): Promise<void> {
  const program = process.env.SEALPOST_FILL_BIN ?? '../target/release/fill';
  const filler = spawn(program, [url, username, String(CHATS), String(MESSAGES)], { stdio: 'inherit' });
  const [code] = await once(filler, 'exit');
  expect(code).toBe(0);
}

/** Milliseconds from the page's load to the first chat in the list. */
async function start(page: Page): Promise<number> {
  await page.reload({ waitUntil: 'load' });
  return page.evaluate(async () => {
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    while (!document.querySelector('nav a[href^="/c/"]')) {
      await new Promise((resume) => requestAnimationFrame(resume));
    }
    return performance.now() - (navigation?.loadEventEnd ?? 0);
  });
}

/** Milliseconds from a click on a chat in the list to its messages on the screen. */
async function open(page: Page, index: number): Promise<number> {
  return page.evaluate(async (index) => {
    const frame = () => new Promise((resume) => requestAnimationFrame(resume));
    const link = document.querySelectorAll<HTMLAnchorElement>('nav a[href^="/c/"]')[index];
    if (!link) throw new Error(`there is no chat ${index}`);
    const before = performance.now();
    link.click();
    while (
      location.pathname !== new URL(link.href).pathname ||
      !document.querySelector('[role=log] article')
    ) {
      await frame();
    }
    return performance.now() - before;
  }, index);
}

/** Frames a second while the timeline is scrolled from its end upwards. */
async function scroll(page: Page): Promise<number> {
  return page.evaluate(async (duration) => {
    const log = document.querySelector('[role=log]');
    if (!log) throw new Error('there is no timeline');
    const begin = performance.now();
    let frames = 0;
    while (performance.now() - begin < duration) {
      log.scrollTop -= 12;
      await new Promise((resume) => requestAnimationFrame(resume));
      frames += 1;
    }
    return (frames * 1000) / (performance.now() - begin);
  }, SCROLL_MS);
}

/** Milliseconds from a changed query to its first hit on the screen. */
async function search(page: Page, query: string): Promise<number> {
  const field = page.getByRole('combobox', { name: 'Search messages' });
  await field.fill('');
  await expect(page.getByRole('option')).toHaveCount(0);
  await field.evaluate((field: HTMLInputElement, text) => {
    globalThis.found = new Promise((resolve) => {
      const begin = performance.now();
      const observer = new MutationObserver(() => {
        if (!document.querySelector('[role=option] mark')) return;
        observer.disconnect();
        resolve(performance.now() - begin);
      });
      observer.observe(document.body, { childList: true, subtree: true });
    });
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
    set?.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }, query);
  return page.evaluate(() => globalThis.found);
}

declare global {
  var found: Promise<number>;
}

test('100,000 messages in 500 chats', async () => {
  const server = await Server.launch({
    SEALPOST__LIMITS__APPENDS_PER_MINUTE: '0',
    SEALPOST__LIMITS__CLAIMS_PER_MINUTE: '0',
    SEALPOST__LIMITS__WRITES_PER_MINUTE: '0',
    SEALPOST__LIMITS__REQUESTS_PER_MINUTE: '0',
  });
  const reader = await arrive(server.url);
  const { page } = reader;
  await reader.signUp('Reader');
  const begin = Date.now();
  await fill(server.url, 'reader');
  const filled = Date.now();
  console.log(
    `sent ${CHATS * MESSAGES} messages in ${CHATS} chats in ${((filled - begin) / 1000).toFixed(0)} s`,
  );
  await expect(
    page.getByRole('navigation', { name: 'Chats' }).getByText(`number ${MESSAGES} `).first(),
  ).toBeVisible({ timeout: 0 });
  await page.waitForFunction(() => !document.body.textContent?.includes('Catching up'), undefined, {
    timeout: 0,
  });
  console.log(`taken in ${((Date.now() - filled) / 1000).toFixed(0)} s more`);

  const starts: number[] = [];
  for (let index = 0; index < STARTS; index++) starts.push(await start(page));
  console.log(`start to a usable list after the page has loaded: ${figures(starts)}`);
  const opened: number[] = [];
  for (let index = 0; index < OPENED; index++) opened.push(await open(page, index % 12));
  console.log(`opening a chat: ${figures(opened)}`);
  console.log(`scrolling: ${(await scroll(page)).toFixed(0)} frames a second`);
  await page.goto(new URL('/search', server.url).href);
  const searches: number[] = [];
  for (const query of QUERIES) for (let turn = 0; turn < 3; turn++) searches.push(await search(page, query));
  console.log(`searching, from a key to the first hit: ${figures(searches)}`);
  await reader.leaves();
  await server.remove();
});
