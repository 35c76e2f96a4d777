import { expect, type Person, test } from './people';

test('two people find each other and chat both ways', async ({ meet }) => {
  const [mara, jonas] = await meet('Mara', 'Jonas');
  const [hers, his] = [mara.name, jonas.name];

  await mara.startChat(his);
  await mara.send(his, 'Are you the one with the boat?');
  await jonas.accept(hers);
  await jonas.sees('Are you the one with the boat?');
  await jonas.page.keyboard.press('Escape');
  await mara.send(his, 'The key is under the third stone.');
  await expect(jonas.chat(hers)).toContainText('1 unread message');
  await expect(jonas.page).toHaveTitle('(1) Sealpost');
  await expect(mara.message('third stone').getByRole('img', { name: 'Delivered' })).toBeVisible();

  await jonas.chat(hers).click();
  await jonas.sees('The key is under the third stone.');
  await expect(mara.message('third stone').getByRole('img', { name: 'Read' })).toBeVisible();
  await expect(jonas.page).toHaveTitle('Chat · Sealpost');
  await jonas.send(hers, '<b>Found it</b>, see https://example.org/boat');
  await mara.sees('<b>Found it</b>, see https://example.org/boat');
  await expect(mara.log.getByRole('link', { name: 'https://example.org/boat' })).toBeVisible();
});

test('a group of three, named, with another added later', async ({ meet }) => {
  const [anika, tom, ruth, samir] = await meet('Anika', 'Tom', 'Ruth', 'Samir');

  await anika.makeGroup('Lake house', [tom.name, ruth.name]);
  await anika.send('Lake house', 'Who brings the tent?');
  for (const person of [tom, ruth]) {
    await person.accept('Lake house');
    await person.sees('Who brings the tent?');
  }
  await tom.send('Lake house', 'I do.');
  await anika.sees('I do.');
  await ruth.sees('I do.');

  await anika.button('Details of Lake house').click();
  await anika.button('Add people').click();
  await anika.field('Search people').fill(samir.name.toLowerCase());
  await anika.found(samir.name).click();
  await anika.button('Add 1 person').click();
  await expect(anika.page.getByRole('dialog').getByText(samir.name, { exact: true })).toBeVisible();
  await anika.button('Close').click();
  await samir.accept('Lake house');
  await anika.send('Lake house', 'Welcome!');
  for (const person of [tom, ruth, samir]) await person.sees('Welcome!');
});

test('a second tab of the same browser works at the same time, and takes over', async ({ meet }) => {
  const [mara, jonas] = await meet('Mara', 'Jonas');
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'from the first tab');
  const address = mara.page.url();

  const second = await mara.context.newPage();
  await second.goto(address);
  const log = second.getByRole('log');
  await expect(log.getByText('from the first tab')).toBeVisible();
  await second.getByRole('textbox', { name: `Message ${his}` }).fill('from the second tab');
  await second.keyboard.press('Enter');
  await mara.sees('from the second tab');

  await mara.page.close();
  await second.getByRole('textbox', { name: `Message ${his}` }).fill('after the first was closed');
  await second.keyboard.press('Enter');
  await jonas.accept(hers);
  await jonas.sees('after the first was closed');
});

test('a third profile signs in as one of the two and takes part', async ({ meet, arrive }) => {
  const [[mara, jonas], laptop] = await Promise.all([meet('Mara', 'Jonas'), arrive()]);
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'before the laptop');
  await jonas.accept(hers);
  await jonas.sees('before the laptop');

  await laptop.signIn(his);
  await laptop.chat(hers).click();
  await expect(laptop.composer(hers)).toBeVisible();
  await laptop.send(hers, 'written on the laptop');
  await mara.sees('written on the laptop');
  await jonas.sees('written on the laptop');
  await expect(
    jonas.message('written on the laptop').getByRole('img', { name: /Sent|Delivered|Read/ }),
  ).toBeVisible();
  await mara.send(his, 'to both of your devices');
  await jonas.sees('to both of your devices');
  await laptop.sees('to both of your devices');
});

test('delivery to the other side’s screen, measured', async ({ meet }) => {
  const [mara, jonas] = await meet('Mara', 'Jonas');
  const [hers, his] = [mara.name, jonas.name];
  await mara.startChat(his);
  await mara.send(his, 'warm-up');
  await jonas.accept(hers);
  await jonas.sees('warm-up');

  const count = 50;
  await noteSending(mara);
  await noteArrivals(jonas);
  for (let index = 0; index < count; index++) {
    await mara.composer(his).fill(`message number ${index}.`);
    await mara.composer(his).press('Enter');
    await jonas.sees(`message number ${index}.`);
  }
  const sent = await mara.page.evaluate(() => globalThis.sendings);
  const arrived = await jonas.page.evaluate(() => globalThis.arrivals);
  expect(sent).toHaveLength(count);
  const took = sent.map((time, index) => (arrived[`message number ${index}.`] ?? Number.NaN) - time);
  took.sort((a, b) => a - b);
  expect(took.every(Number.isFinite)).toBe(true);
  const mean = took.reduce((sum, time) => sum + time, 0) / count;
  console.log(`delivery over ${count} messages: mean ${mean.toFixed(1)} ms, p99 ${took.at(-1)} ms`);
});

declare global {
  var sendings: number[];
  var arrivals: Record<string, number>;
}

/** Has the page note when Enter was pressed. */
async function noteSending(person: Person): Promise<void> {
  await person.page.evaluate(() => {
    globalThis.sendings = [];
    const note = (event: KeyboardEvent) => event.key === 'Enter' && globalThis.sendings.push(Date.now());
    addEventListener('keydown', note, { capture: true });
  });
}

/** Has the page note when each message came to its screen. */
async function noteArrivals(person: Person): Promise<void> {
  await person.page.evaluate(() => {
    globalThis.arrivals = {};
    const log = document.querySelector('[role=log]');
    const note = () => {
      for (const [text] of log?.textContent?.matchAll(/message number \d+\./g) ?? []) {
        globalThis.arrivals[text] ??= Date.now();
      }
    };
    if (log) new MutationObserver(note).observe(log, { childList: true, subtree: true, characterData: true });
  });
}
