/** How the app behaves with 100,000 messages in 500 chats: start, opening a chat, searching, scrolling. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, type Page, test } from '@playwright/test';
import { arrive, type Person } from '../e2e/people';
import { Server } from '../e2e/server';

const CHATS = Number(process.env.SEALPOST_MEASURE_CHATS ?? 500);
const MESSAGES = Number(process.env.SEALPOST_MEASURE_MESSAGES ?? 200);
/** Messages in the chat that is scrolled through. */
const LONG = Number(process.env.SEALPOST_MEASURE_LONG ?? 5000);
/** Unread messages of a chat that are counted. */
const COUNTED = 1000;
const STARTS = 5;
/** So many of the first chats in the list are opened, each for the first time. */
const OPENED = 12;
const QUERIES = ['bari', 'number 17', 'tone', 'wexpol', 'jun'];
/** Pixels a millisecond, as when one flicks through a long chat, and for how many milliseconds. */
const SCROLL_SPEED = 6;
const SCROLL_TIME = 20_000;

function figures(took: number[]): string {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil((sorted.length - 1) * share)]?.toFixed(0);
  return `least ${at(0)} ms, median ${at(0.5)} ms, p99 ${at(0.99)} ms (${sorted.length})`;
}

/** Lets another account write to the reader, who accepts its first chat, so that what follows are no requests. */
async function fill(reader: Person, url: string): Promise<void> {
  const program = process.env.SEALPOST_FILL_BIN ?? '../target/release/fill';
  const numbers = [CHATS, MESSAGES, LONG].map(String);
  const filler = spawn(program, [url, 'reader', ...numbers], { stdio: 'inherit' });
  const exit = once(filler, 'exit');
  // Groups that came meanwhile name them too.
  await reader.button(/^Message requests/).click();
  await reader.page.getByRole('link', { name: /hello/ }).click();
  await reader.button('Accept').click();
  await expect(reader.composer('Filler')).toBeVisible();
  await reader.page.goto(url);
  const [code] = await exit;
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

/** Milliseconds from a click on a chat in the list to its own messages on the screen. */
async function open(page: Page, index: number): Promise<number> {
  return page.evaluate(async (index) => {
    const frame = () => new Promise((resume) => requestAnimationFrame(resume));
    const link = document.querySelectorAll<HTMLAnchorElement>('nav a[href^="/c/"]')[index];
    const name = link?.querySelector('[dir=auto]')?.textContent;
    if (!link || !name) throw new Error(`there is no chat ${index}`);
    const log = () => document.querySelector('[role=log]');
    const isOpen = () => log()?.ariaLabel?.endsWith(` ${name}`) && log()?.querySelector('article');
    const before = performance.now();
    link.click();
    while (!isOpen()) await frame();
    // Until it is painted.
    await frame();
    return performance.now() - before;
  }, index);
}

interface Scrolled {
  /** Milliseconds of each frame. */
  frames: number[];
  /** How many messages came by. */
  messages: number;
}

/** Scrolls up through the open chat from its end. */
async function scroll(page: Page): Promise<Scrolled> {
  return page.evaluate(
    async ({ speed, time }) => {
      const log = document.querySelector('[role=log]');
      if (!log) throw new Error('there is no timeline');
      const frame = () => new Promise<number>((resume) => requestAnimationFrame(resume));
      const seen = new Set<string | undefined>();
      const frames: number[] = [];
      log.dispatchEvent(new WheelEvent('wheel', { bubbles: true, deltaY: -speed }));
      const begin = await frame();
      for (let last = begin; last - begin < time; ) {
        const now = await frame();
        frames.push(now - last);
        log.scrollTop -= speed * (now - last);
        last = now;
        for (const one of log.querySelectorAll<HTMLElement>('[data-message]')) seen.add(one.dataset.message);
      }
      return { frames, messages: seen.size };
    },
    { speed: SCROLL_SPEED, time: SCROLL_TIME },
  );
}

/** Opens the long chat at its end. */
async function openLong(reader: Person, url: string): Promise<void> {
  // With the list at its beginning.
  await reader.page.goto(url);
  // Groups that they wrote in name them too; this chat is the newest.
  await reader.chat('Filler').first().click();
  await expect(reader.composer('Filler')).toBeVisible();
  await reader.button(/newest/i).click();
  await expect(reader.log.getByText(`number ${LONG} `)).toBeVisible();
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
  await fill(reader, server.url);
  const filled = Date.now();
  const total = CHATS * MESSAGES + LONG;
  console.log(`sent ${total} messages in ${CHATS + 1} chats in ${((filled - begin) / 1000).toFixed(0)} s`);
  // Every message is here and counted: nothing is still to come.
  const unread = CHATS * Math.min(MESSAGES, COUNTED) + Math.min(LONG, COUNTED);
  await expect(page).toHaveTitle(`(${unread.toLocaleString('en')}) Sealpost`, { timeout: 0 });
  await expect(page.getByText('Getting new messages…')).toHaveCount(0, { timeout: 0 });
  console.log(`taken in ${((Date.now() - filled) / 1000).toFixed(0)} s more`);

  const starts: number[] = [];
  for (let index = 0; index < STARTS; index++) starts.push(await start(page));
  console.log(`start to a usable list after the page has loaded: ${figures(starts)}`);
  const opened: number[] = [];
  for (let index = 0; index < OPENED; index++) opened.push(await open(page, index));
  console.log(`opening a chat: ${figures(opened)}`);
  await openLong(reader, server.url);
  const { frames, messages } = await scroll(page);
  const sum = frames.reduce((all, frame) => all + frame, 0);
  console.log(
    `scrolling through ${messages} messages: ${((frames.length * 1000) / sum).toFixed(0)} frames a second, ` +
      `longest frame ${Math.max(...frames).toFixed(0)} ms; frames: ${figures(frames)}`,
  );
  await page.goto(new URL('/search', server.url).href);
  const searches: number[] = [];
  for (const query of QUERIES) for (let turn = 0; turn < 3; turn++) searches.push(await search(page, query));
  console.log(`searching, from a key to the first hit: ${figures(searches)}`);
  await reader.leaves();
  await server.remove();
});
