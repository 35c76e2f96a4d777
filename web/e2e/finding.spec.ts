/** Finding again: messages by searching, the place of a message in a long chat, and emoji by their names. */
import type { Locator } from '@playwright/test';
import { called, expect, type Person, test } from './people';

/** More than is drawn of a chat at once: the oldest go as the newest come, also for who follows them. */
const MANY = 220;

/** A day as people write it, so many days from now. Never now itself: stories may run over midnight. */
function day(away: number): string {
  const time = new Date();
  time.setDate(time.getDate() + away);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function hits(person: Person): Locator {
  return person.page.getByRole('listbox', { name: 'Results' }).getByRole('option');
}

/** Searches, and finds messages with these texts, in this order, and no others. */
async function finds(person: Person, query: string, ...texts: string[]): Promise<void> {
  await person.field('Search messages').fill(query);
  if (texts.length === 0) {
    await expect(person.page.getByText(`Nothing found for “${query}”`)).toBeVisible();
  }
  await expect(hits(person)).toContainText(texts);
}

/** Opens the search in the chat that is open. */
async function searchHere(person: Person): Promise<void> {
  await person.page.getByRole('button', { name: 'Search in this chat', exact: true }).click();
  await expect(person.field('Search messages')).toBeVisible();
}

declare global {
  /** Texts of the messages that stood out since this was noted. */
  var flashes: string[];
  /** How often a way back to the newest was offered since this was noted. */
  var strayed: number;
}

/** Has the page note which messages stand out: they do so for two seconds only. */
async function noteFlashes(person: Person): Promise<void> {
  await person.page.evaluate(() => {
    globalThis.flashes = [];
    const note = () => {
      for (const flash of document.querySelectorAll('.animate-flash')) {
        globalThis.flashes.push(flash.closest('[data-message]')?.textContent ?? '');
      }
    };
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
  });
}

/** Has the page note when it does not follow what comes any more. */
async function noteStraying(person: Person): Promise<void> {
  await person.page.evaluate(() => {
    globalThis.strayed = 0;
    const note = () => {
      if (document.querySelector('[aria-label^="Jump to newest"]')) globalThis.strayed++;
    };
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
  });
}

/** Sees that a message was gone to: it is in view, and only it stands out. */
async function isShown(person: Person, text: string): Promise<void> {
  await expect(person.message(text)).toBeInViewport();
  const others = (texts: string[]) => texts.filter((flash) => !flash.includes(text));
  await expect.poll(() => person.page.evaluate(() => globalThis.flashes.length)).toBeGreaterThan(0);
  expect(others(await person.page.evaluate(() => globalThis.flashes))).toEqual([]);
}

test('messages are found by words, phrases and operators, everywhere or in one chat', async ({
  meet,
  arrive,
}) => {
  const [[jonas], mara] = await Promise.all([meet('Jonas'), arrive()]);
  await mara.confirmCode(await mara.signUp(called('Mara')));
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'The key is under the third stone');
  await jonas.accept(hers);
  await jonas.send(hers, 'The third key fits no stone');
  await mara.sees('The third key fits no stone');
  await mara.send(his, 'Plans of the boat: https://example.org/boat');
  await mara.send(his, '我们明天去北京看朋友');
  await mara.send(his, '会議は東京で行います');
  await mara.makeGroup('Lake house', [his]);
  await jonas.chat('Lake house').click();
  await jonas.send('Lake house', 'A stone for the wall');
  await mara.sees('A stone for the wall');

  // What was written last comes first, and the chat that it is in.
  const [wall, none, third] = ['A stone for the wall', 'fits no stone', 'under the third stone'];
  await searchHere(mara);
  await expect(mara.page.getByText('In Lake house')).toBeVisible();
  await finds(mara, 'stone', wall);
  await mara.button('Search everywhere').click();
  await expect(hits(mara)).toContainText([wall, none, third]);
  await expect(mara.page.getByRole('group', { name: his }).locator('mark')).toHaveText(['stone', 'stone']);
  await finds(mara, `from:${his.toLowerCase()} stone`, wall, none);
  await finds(mara, 'from:me stone', third);
  await finds(mara, 'in:lake stone', wall);
  await finds(mara, 'third sto', none, third);
  await finds(mara, '"third stone"', third);
  await finds(mara, 'has:link', 'Plans of the boat');
  await finds(mara, `before:${day(-2)} stone`);
  await finds(mara, `after:${day(-2)} stone`, wall, none, third);
  await finds(mara, `after:${day(2)} stone`);
  await finds(mara, `before:${day(2)} stone`, wall, none, third);
  await finds(mara, '北京', '我们明天去北京看朋友');
  await finds(mara, '東京', '会議は東京で行います');

  // Keys choose as well as the pointer.
  await finds(mara, 'in:lake wall', wall);
  await noteFlashes(mara);
  await mara.field('Search messages').press('Enter');
  await expect(mara.composer('Lake house')).toBeVisible();
  await isShown(mara, wall);
});

/** Writes as many messages as fill a long chat, none of them awaited. */
async function writeMany(person: Person, chat: string): Promise<void> {
  for (let index = 1; index <= MANY; index++) {
    await person.composer(chat).fill(`Line ${index} of the story.`);
    await person.composer(chat).press('Enter');
  }
  await person.sees(`Line ${MANY} of the story.`);
}

test('a hit, a quote, a day and the newest are gone to in a long chat', async ({ meet }) => {
  test.setTimeout(240_000);
  const [mara, jonas] = await meet('Mara', 'Jonas');
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'Where is the spare key?');
  await jonas.accept(hers);
  await jonas.choose('spare key', 'Reply');
  await noteStraying(jonas);
  await writeMany(mara, his);
  await jonas.sees(`Line ${MANY} of the story.`);
  expect(await jonas.page.evaluate(() => globalThis.strayed)).toBe(0);
  await jonas.send(hers, 'Under the third stone.');
  await mara.sees('Under the third stone.');

  // Begun anew, only the end of the chat is drawn.
  await mara.page.reload();
  await expect(mara.message('third stone')).toBeInViewport();
  await expect(mara.message('Where is')).toHaveCount(1);
  const question = mara.log.getByRole('article').filter({ hasText: /^Where is the spare key/ });
  await expect(question).toHaveCount(0);
  const newest = mara.button('Jump to newest');
  await expect(newest).toHaveCount(0);

  await noteFlashes(mara);
  await mara.button(/^In reply to/).click();
  await expect(question).toBeInViewport();
  await expect(question).toBeFocused();
  await isShown(mara, 'Where is the spare key?');
  await expect(mara.message('third stone')).toHaveCount(0);

  // What comes meanwhile is counted, and takes nobody away from what they read.
  await jonas.send(hers, 'Did you find it?');
  await mara.button('Jump to newest, 1 new message').click();
  await expect(mara.message('Did you find it?')).toBeInViewport();
  await expect(newest).toHaveCount(0);

  await mara.button('Chat actions').click();
  await mara.item('Jump to date').click();
  await mara.field('Day').fill(day(-2));
  await mara.button('Jump').click();
  await expect(mara.page.getByRole('dialog')).toHaveCount(0);
  await expect(question).toBeInViewport();
  await newest.click();
  await expect(mara.message('Did you find it?')).toBeInViewport();

  await noteFlashes(mara);
  await searchHere(mara);
  await finds(mara, '"line 30"', 'Line 30 of the story.');
  await hits(mara).click();
  await isShown(mara, 'Line 30 of the story.');

  // From a chat that is open, another hit is gone to by keys; it is no hold when one wants to leave it.
  await mara.page.keyboard.press('Control+k');
  await mara.page.keyboard.type('"line 33"');
  await expect(mara.page.getByRole('option', { name: /Line 33 of the story/, selected: true })).toBeVisible();
  await mara.page.keyboard.press('Enter');
  await expect(mara.message('Line 33 of the story.')).toBeFocused();
  await newest.click();
  await expect(mara.message('Did you find it?')).toBeInViewport();
  await expect(newest).toHaveCount(0);
});

/** Opens the picker beside the composer. */
async function openPicker(person: Person): Promise<Locator> {
  await person.page.getByRole('button', { name: 'Emoji', exact: true }).click();
  const picker = person.page.getByRole('dialog', { name: 'Emoji' });
  await expect(picker.getByLabel('Search emoji')).toBeFocused();
  return picker;
}

/** Searches in a picker that is open and takes the emoji of this name. */
async function pick(picker: Locator, typed: string, name: string): Promise<void> {
  await picker.getByLabel('Search emoji').fill(typed);
  const found = picker.getByRole('button', { name, exact: true });
  // Before the search is done, one that was used is there twice.
  await expect(found).toHaveCount(1);
  await found.click();
  await expect(picker).toHaveCount(0);
}

test('emoji are searched for, in the skin tone that was chosen, to write and to react', async ({ meet }) => {
  const [mara, jonas] = await meet('Mara', 'Jonas');
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'Coming?');
  await jonas.accept(hers);
  await mara.composer(his).fill('Hello there');
  // The caret stands between the words: that is where it goes.
  for (let step = 0; step < 'there'.length; step++) await mara.composer(his).press('ArrowLeft');
  const picker = await openPicker(mara);
  await picker.getByLabel('Search emoji').fill('no such thing');
  await expect(picker.getByText('No emoji has that name.')).toBeVisible();
  await pick(picker, 'wav', 'waving hand');
  await expect(mara.composer(his)).toHaveValue('Hello 👋there');
  await expect(mara.composer(his)).toBeFocused();

  await openPicker(mara);
  await picker.getByRole('button', { name: 'Skin tone' }).click();
  await picker.getByRole('button', { name: 'Medium-dark', exact: true }).click();
  await pick(picker, 'wav', 'waving hand');
  await expect(mara.composer(his)).toHaveValue('Hello 👋👋🏾there');
  await mara.composer(his).press('Enter');
  await jonas.sees('Hello 👋👋🏾there');

  // The tone stays, also for those who react.
  await mara.page.reload();
  await mara.message('Coming?').click({ button: 'right' });
  await mara.item('More emoji').click();
  await pick(picker, 'thumbs', 'thumbs up');
  for (const person of [mara, jonas]) {
    const reaction = person.message('Coming?').getByRole('button', { name: `👍🏾, 1 reaction: ${hers}` });
    await expect(reaction).toBeVisible();
  }
  await openPicker(mara);
  const used = picker.getByRole('region', { name: 'Used last' }).getByRole('button');
  await expect(used).toHaveText(['👍🏾', '👋🏾', '👋']);
});
