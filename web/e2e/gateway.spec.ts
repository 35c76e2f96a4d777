/** Chatting where sockets are blocked: the app finds the other way by itself. */
import { test as base } from '@playwright/test';
import { Gateway } from './gateway';
import { arrive, called, expect, type Person } from './people';
import { Server } from './server';

interface Blocked {
  mara: Person;
  jonas: Person;
  gateways: Gateway[];
}

const test = base.extend<{ blocked: Blocked }>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads the parameter's shape
  blocked: async ({}, use) => {
    const server = await Server.launch();
    const gateways = [await Gateway.open(server.url, 'refused'), await Gateway.open(server.url, 'cut')];
    const [mara, jonas] = await Promise.all(gateways.map(({ url }) => arrive(url)));
    await use({ mara, jonas, gateways } as Blocked);
    await Promise.all([mara?.leaves(), jonas?.leaves()]);
    await Promise.all(gateways.map((gateway) => gateway.close()));
    await server.remove();
  },
});

test('two people chat although their networks let no socket through', async ({
  blocked: { mara, jonas, gateways },
}) => {
  await Promise.all([mara.signUp(called('Mara')), jonas.signUp(called('Jonas'))]);
  await mara.startChat(jonas.name);
  await mara.send(jonas.name, 'Do you read me?');
  await jonas.accept(mara.name);
  await jonas.sees('Do you read me?');
  await jonas.send(mara.name, 'Loud and clear');
  await mara.sees('Loud and clear');
  await expect(jonas.message('Loud and clear').getByRole('img', { name: 'Read' })).toBeVisible();

  // What comes while a poll waits is there at once as well.
  await mara.composer(jonas.name).pressSequentially('And');
  await expect(jonas.button(/^Details of/).getByText('Typing…')).toBeVisible();
  await expect(mara.page.getByText(/^Offline/)).toHaveCount(0);
  for (const { asked } of gateways) {
    expect(asked.filter((path) => path === '/v1/socket').length).toBeGreaterThanOrEqual(2);
    expect(asked).toContain('/v1/poll/next');
  }
});
