/** What must survive: reloads, a server that is killed, and having no network. Each story has its own server. */
import { test as base } from '@playwright/test';
import { Line } from './line';
import { look } from './look';
import { arrive, called, expect, type Person } from './people';
import { Server } from './server';

interface Pair {
  server: Server;
  mara: Person;
  jonas: Person;
  hers: string;
  his: string;
}

async function pair(): Promise<Pair> {
  const server = await Server.launch();
  const [mara, jonas] = await Promise.all([arrive(server.url), arrive(server.url)]);
  const [hers, his] = [called('Mara'), called('Jonas')];
  await Promise.all([mara.signUp(hers), jonas.signUp(his)]);
  await mara.startChat(his);
  await mara.send(his, 'the first');
  await jonas.accept(hers);
  await jonas.sees('the first');
  return { server, mara, jonas, hers, his };
}

const test = base.extend<{ two: Pair }>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads the parameter's shape
  two: async ({}, use) => {
    const two = await pair();
    await use(two);
    await Promise.all([two.mara.leaves(), two.jonas.leaves()]);
    await two.server.remove();
  },
});

test('a reload keeps messages, drafts and who is signed in', async ({ two: { mara, jonas, hers, his } }) => {
  await mara.composer(his).fill('not sent yet');
  await mara.page.getByRole('link', { name: 'Settings' }).click();
  await expect(mara.chat(his)).toContainText('Draft: not sent yet');
  await mara.chat(his).click();
  await expect(mara.composer(his)).toHaveValue('not sent yet');
  await mara.page.reload();
  await mara.sees('the first');
  await expect(mara.composer(his)).toHaveValue('not sent yet');
  await mara.send(his, 'after the reload');
  await jonas.sees('after the reload');
  await jonas.page.reload();
  await jonas.sees('after the reload');
  await jonas.send(hers, 'likewise');
  await mara.sees('likewise');
});

test('a server that is killed and comes back on the same data', async ({
  two: { server, mara, jonas, hers, his },
}) => {
  await server.kill();
  await expect(mara.page.getByText(/Offline: messages will be sent/)).toBeVisible();
  await mara.send(his, 'written while the server was away');
  await expect(
    mara.message('server was away').getByRole('img', { name: 'Waiting to be sent' }),
  ).toBeVisible();
  await server.start();
  await jonas.sees('written while the server was away');
  await expect(mara.message('server was away').getByRole('img', { name: /Delivered|Read/ })).toBeVisible();
  await jonas.send(hers, 'and back');
  await mara.sees('and back');
  await expect(mara.page.getByText(/Offline/)).toHaveCount(0);
});

test('a server whose data are put back to an old copy', async ({
  two: { server, mara, jonas, hers, his },
}) => {
  await server.copy();
  await mara.send(his, 'lost by the server');
  await jonas.sees('lost by the server');
  await server.putBack();
  for (const person of [mara, jonas]) {
    await expect(person.log.getByText(/began this chat anew: what is here stays/)).toBeVisible();
  }
  await jonas.send(hers, 'and on');
  await mara.sees('and on');
  await mara.send(his, 'as before');
  await jonas.sees('as before');
  for (const person of [mara, jonas]) {
    await expect(person.log.getByText('lost by the server', { exact: true })).toHaveCount(1);
    await expect(person.log.getByText('the first', { exact: true })).toHaveCount(1);
  }
});

test('offline, a start without a network, and back', async ({ two: { server, mara, jonas, hers, his } }) => {
  await mara.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await server.kill();
  await mara.context.setOffline(true);
  await mara.page.reload();
  await mara.sees('the first');
  await expect(mara.page.getByText(/Offline: messages will be sent/)).toBeVisible();
  await mara.send(his, 'one, offline');
  await mara.send(his, 'two, offline');
  await mara.page.reload();
  await mara.sees('two, offline');

  await server.start();
  await mara.context.setOffline(false);
  await jonas.sees('one, offline');
  await jonas.sees('two, offline');
  await jonas.send(hers, 'got both');
  await mara.sees('got both');
});

interface Apart {
  server: Server;
  /** The network of Mara's laptop alone. */
  line: Line;
  laptop: Person;
  phone: Person;
  jonas: Person;
}

const apart = base.extend<{ apart: Apart }>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads the parameter's shape
  apart: async ({}, use) => {
    // What people have is not kept for their other devices, from the next start on.
    const server = await Server.launch({ SEALPOST__RETENTION__DEVICE_DAYS: '0' });
    const line = await Line.open(server.url);
    const people = await Promise.all([arrive(line.url), arrive(server.url), arrive(server.url)]);
    const [laptop, phone, jonas] = people;
    await use({ server, line, laptop, phone, jonas });
    await Promise.all(people.map((person) => person.leaves()));
    await line.close();
    await server.remove();
  },
});

/** The three are in a chat and in a group of Mara's that she may rename, and all of them have the chat open. */
async function gather({ laptop, phone, jonas }: Apart): Promise<[hers: string, his: string]> {
  const [hers, his] = [called('Mara'), called('Jonas')];
  const [code] = await Promise.all([laptop.signUp(hers), jonas.signUp(his)]);
  await laptop.confirmCode(code);
  await phone.signIn(hers);
  await laptop.makeGroup('Lake house', [his]);
  await laptop.startChat(his);
  await laptop.send(his, 'the first');
  await jonas.accept(hers);
  await phone.chat(his).click();
  await expect(phone.composer(his)).toBeVisible();
  return [hers, his];
}

/** Sees what Mara did while she had no network. */
async function seesAllDone(person: Person, hers: string): Promise<void> {
  await person.sees('We meet at one');
  await expect(person.message('We meet at one').getByText('edited')).toBeVisible();
  await expect(person.log.getByText('Not meant for you', { exact: true })).toHaveCount(0);
  const reaction = person.message('Shall I bring cake?').getByRole('button');
  await expect(reaction.and(person.button(`👍, 1 reaction: ${hers}`))).toBeVisible();
  await expect(person.chat('Boat house')).toBeVisible();
}

apart('what is done without a network shows at once, and everywhere once it is back', async ({ apart }) => {
  const { line, laptop, phone, jonas } = apart;
  const [hers, his] = await gather(apart);
  await laptop.send(his, 'We meet at noon');
  await laptop.send(his, 'Not meant for you');
  await jonas.send(hers, 'Shall I bring cake?');
  for (const person of [laptop, phone]) await person.sees('Shall I bring cake?');
  await phone.sees('Not meant for you');

  line.cut();
  await expect(laptop.page.getByText(/Offline: messages will be sent/)).toBeVisible();
  await laptop.choose('at noon', 'Edit');
  await laptop.composer(his).fill('We meet at one');
  await laptop.composer(his).press('Enter');
  await laptop.choose('Not meant', 'Delete');
  await laptop.button('Delete for everyone').click();
  await laptop.message('cake').click({ button: 'right' });
  await laptop.page.getByRole('menuitemcheckbox', { name: 'React with 👍' }).click();
  await laptop.chat('Lake house').click();
  await laptop.openDetails();
  await laptop.button('Edit').click();
  await laptop.field('Group name').fill('Boat house');
  await laptop.button('Save').click();
  await laptop.button('Close').click();
  await laptop.chat(his).click();
  await seesAllDone(laptop, hers);

  // The others go on meanwhile, with what they have.
  await jonas.send(hers, 'Are you there?');
  for (const person of [jonas, phone]) {
    await person.sees('Are you there?');
    await person.sees('We meet at noon');
    await person.sees('Not meant for you');
    await expect(person.chat('Lake house')).toBeVisible();
  }
  await expect(laptop.log.getByText('Are you there?')).toHaveCount(0);

  line.mend();
  await laptop.sees('Are you there?');
  for (const person of [jonas, phone, laptop]) await seesAllDone(person, hers);
  await expect(laptop.page.getByText(/Offline/)).toHaveCount(0);
});

apart('a device that was away for longer than messages are kept is told, and goes on', async ({ apart }) => {
  const { server, line, laptop, phone, jonas } = apart;
  const [hers, his] = await gather(apart);
  // With a history on the server nothing would be missing.
  await phone.openSettings();
  await phone.page.getByRole('switch', { name: 'Keep my history on the server' }).click();
  await phone.confirm('Erase history');
  await phone.chat(his).click();
  line.cut();
  await expect(laptop.page.getByText(/Offline: messages will be sent/)).toBeVisible();
  await jonas.send(hers, 'missed by the laptop');
  await phone.sees('missed by the laptop');
  await phone.send(his, 'and this');
  await jonas.sees('and this');
  for (const [person, text] of [
    [jonas, 'missed by'],
    [phone, 'and this'],
  ] as const) {
    await expect(person.message(text).getByRole('img', { name: /Delivered|Read/ })).toBeVisible();
  }
  await server.kill();
  await server.start();
  await phone.send(his, 'after that');
  await jonas.sees('after that');

  line.mend();
  await expect(laptop.log.getByText(/^This device may have missed what was written here/)).toBeVisible();
  await laptop.sees('the first');
  await laptop.send(his, 'here again');
  for (const person of [jonas, phone]) await person.sees('here again');
  await jonas.send(hers, 'good');
  await laptop.sees('good');
  await expect(laptop.log.getByText('missed by the laptop')).toHaveCount(0);
  await look(laptop.page, 'timeline-missed');
});

/** What a browser needs to know to install the app. */
interface Manifest {
  name: string;
  start_url: string;
  display: string;
  icons: { src: string; sizes: string; type: string; purpose: string }[];
}

/** The real size of a picture that the page can load, as manifests write it. */
async function sizeOf(person: Person, address: string): Promise<string> {
  return person.page.evaluate(async (src) => {
    const image = new Image();
    image.src = src;
    await image.decode();
    return `${image.naturalWidth}x${image.naturalHeight}`;
  }, address);
}

test('the app can be installed, and starts with its chats while there is no server', async ({
  two: { server, mara, his },
}) => {
  const devtools = await mara.context.newCDPSession(mara.page);
  const { data, errors } = await devtools.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  const manifest = JSON.parse(data ?? '{}') as Manifest;
  expect(manifest).toMatchObject({ name: 'Sealpost', start_url: '/', display: 'standalone' });
  for (const { src, sizes } of manifest.icons.filter(({ sizes }) => sizes !== 'any')) {
    expect(await sizeOf(mara, src), src).toBe(sizes);
  }
  const sizes = manifest.icons.map(({ sizes, purpose }) => `${sizes} ${purpose}`);
  expect(sizes).toEqual(expect.arrayContaining(['192x192 any', '512x512 any', '512x512 maskable']));

  const active = await mara.page.evaluate(
    async () => (await navigator.serviceWorker.ready).active?.scriptURL,
  );
  expect(active).toBe(`${server.url}/service-worker.js`);
  await server.kill();
  await mara.page.close();
  const page = await mara.context.newPage();
  await page.goto(`${server.url}${manifest.start_url}`);
  const chats = page.getByRole('navigation', { name: 'Chats' });
  await chats.getByRole('link', { name: new RegExp(his) }).click();
  await expect(page.getByRole('log').getByText('the first', { exact: true })).toBeVisible();
  await expect(page.getByText(/Offline: messages will be sent/)).toBeVisible();
});
