/** What must survive: reloads, a server that is killed, and having no network. Each story has its own server. */
import { test as base } from '@playwright/test';
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
